// What the customer said and the lobby has not confirmed: kept in the store, one key for each, so that
// tabs of one browser never overwrite each other's. Any of them may say it, always under its one id.

import type { Lasting, Reason } from "./protocol.js";
import type { Store } from "./store.js";

const BEGINNING = "out:";

export interface Waiting {
  readonly said: Lasting;
  /** Epoch milliseconds; with `order` it tells the order. */
  readonly at: number;
  readonly order: number;
  /** Why it will not be said again by itself. */
  failed?: Reason;
}

export class Outbox {
  private waiting: Waiting[] = [];
  private order = 0;

  constructor(private readonly store: Store) {
    for (const name of store.names(BEGINNING)) {
      const found = read(store.get(name));
      if (found) this.waiting.push(found);
      else store.remove(name);
    }
    this.waiting.sort((one, other) => one.at - other.at || one.order - other.order);
  }

  add(said: Lasting, at: number): void {
    const waiting = { said, at, order: (this.order += 1) };
    this.waiting.push(waiting);
    this.keep(waiting);
  }

  /** The next one to say. */
  first(): Waiting | undefined {
    return this.waiting.find((each) => each.failed === undefined);
  }

  find(id: string): Waiting | undefined {
    return this.waiting.find((each) => each.said.id === id);
  }

  all(): readonly Waiting[] {
    return this.waiting;
  }

  /** The lobby has it, or nobody wants it any more. */
  take(id: string): Waiting | undefined {
    const found = this.find(id);
    this.waiting = this.waiting.filter((each) => each !== found);
    if (found) this.store.remove(BEGINNING + id);
    return found;
  }

  fail(id: string, reason: Reason): void {
    this.mark(id, reason);
  }

  retry(id: string): void {
    this.mark(id, undefined);
  }

  clear(): void {
    for (const each of this.waiting) this.store.remove(BEGINNING + each.said.id);
    this.waiting = [];
  }

  private mark(id: string, reason: Reason | undefined): void {
    const found = this.find(id);
    if (!found) return;
    if (reason === undefined) delete found.failed;
    else found.failed = reason;
    this.keep(found);
  }

  private keep(waiting: Waiting): void {
    this.store.set(BEGINNING + waiting.said.id, JSON.stringify(waiting));
  }
}

function read(text: string | null): Waiting | null {
  try {
    const found = JSON.parse(text ?? "null") as Waiting | null;
    const whole =
      found && typeof found.said?.id === "string" && typeof found.said.type === "string";
    return whole && typeof found.at === "number" ? found : null;
  } catch {
    return null;
  }
}
