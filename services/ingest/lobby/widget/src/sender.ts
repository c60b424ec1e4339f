// Says what waits, one at a time and in order, each until the lobby has it or refuses it: a message said
// again must not come after the next one.

import { Outbox, type Waiting } from "./outbox.js";
import type { Lasting, Reason } from "./protocol.js";
import type { Store } from "./store.js";
import { Timers, type Clock } from "./timers.js";

const ANSWER = 15_000;

export class Sender {
  private outbox: Outbox;
  private inFlight: string | null = null;
  private up = false;
  private readonly timers: Timers<"answer">;

  constructor(
    store: Store,
    private readonly clock: Clock,
    private readonly send: (said: Lasting) => void,
  ) {
    this.outbox = new Outbox(store);
    this.timers = new Timers(clock);
  }

  /** Something waits to be said. */
  get busy(): boolean {
    return this.outbox.first() !== undefined;
  }

  add(said: Lasting): void {
    this.outbox.add(said, this.clock.now());
    this.flush();
  }

  /** The line is up to date, or gone. */
  connected(up: boolean): void {
    this.up = up;
    this.inFlight = null;
    this.timers.clear("answer");
    this.flush();
  }

  /** The lobby has it, by an `ack` or because it tells it back. */
  confirmed(id: string): Waiting | undefined {
    const found = this.outbox.take(id);
    this.answered(id);
    return found;
  }

  /** The same again, after that many seconds. */
  postponed(id: string, seconds: number): void {
    if (id === this.inFlight) {
      this.timers.set("answer", Math.max(0, seconds) * 1000, () => this.answered(id));
    }
  }

  /** The lobby will not take it. A message stays, to be mended; anything else is dropped. */
  refused(id: string, reason: Reason): Waiting | undefined {
    const found = this.outbox.find(id);
    if (found?.said.type === "message") this.outbox.fail(id, reason);
    else this.outbox.take(id);
    this.answered(id);
    return found;
  }

  retry(id: string): void {
    this.outbox.retry(id);
    this.flush();
  }

  withdraw(id: string): Waiting | undefined {
    return this.outbox.take(id);
  }

  /** In their order. */
  waiting(): readonly Waiting[] {
    return this.outbox.all();
  }

  clear(): void {
    this.outbox.clear();
    this.inFlight = null;
  }

  private answered(id: string): void {
    if (id !== this.inFlight) return;
    this.timers.clear("answer");
    this.inFlight = null;
    this.flush();
  }

  private flush(): void {
    const next = this.outbox.first();
    if (!this.up || this.inFlight !== null || !next) return;
    const { said } = next;
    this.inFlight = said.id;
    this.send(said);
    this.timers.set("answer", ANSWER, () => this.answered(said.id));
  }
}
