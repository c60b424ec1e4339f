// A lobby, a clock and a browser's store that a test turns by hand.

import type { Socket, SocketEvents } from "../src/line.js";
import type { Entry, FromCustomer } from "../src/protocol.js";
import { Session, type Wiring } from "../src/session.js";
import { MemoryBox, Store, type Box } from "../src/store.js";
import type { Clock } from "../src/timers.js";

export class FakeClock implements Clock {
  private time = Date.parse("2026-11-24T10:00:00Z");
  private timers: { at: number; action: () => void }[] = [];

  now(): number {
    return this.time;
  }

  later(milliseconds: number, action: () => void): () => void {
    const timer = { at: this.time + milliseconds, action };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((each) => each !== timer);
    };
  }

  pass(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (;;) {
      const due = this.timers.filter((each) => each.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.timers = this.timers.filter((each) => each !== due);
      this.time = Math.max(this.time, due.at);
      due.action();
    }
    this.time = end;
  }
}

/** One socket, from the lobby's side. */
export class FakeSocket implements Socket {
  readonly said: FromCustomer[] = [];
  closed = false;

  constructor(readonly events: SocketEvents) {}

  send(text: string): void {
    this.said.push(JSON.parse(text) as FromCustomer);
  }

  close(): void {
    this.closed = true;
  }

  tell(message: object): void {
    this.events.heard(JSON.stringify(message));
  }

  of<Type extends FromCustomer["type"]>(type: Type): Extract<FromCustomer, { type: Type }>[] {
    return this.said.filter((each) => each.type === type) as Extract<
      FromCustomer,
      { type: Type }
    >[];
  }

  welcome(token = "t-1", more: object = {}): void {
    this.events.opened();
    const limits = { text: 10_000, messages_per_minute: 120 };
    this.tell({
      type: "welcome",
      token,
      lang: "en",
      heartbeat_seconds: 25,
      logged_in: false,
      limits,
      ...more,
    });
  }

  /** Open, welcomed and told all. */
  ready(token?: string, more?: object): void {
    this.welcome(token, more);
    this.tell({ type: "caught_up" });
  }

  entry(id: string, by: Entry["by"], text: string, second: number): void {
    const at = `2026-11-24T10:00:${String(second).padStart(2, "0")}.000000Z`;
    this.tell({ type: "entry", entry: { id, by, text, at, cursor: `${second}.0` } });
  }
}

/** One tab. Tabs of one browser share a box. */
export class Tab {
  readonly sockets: FakeSocket[] = [];
  readonly wanted: string[] = [];
  readonly session: Session;
  chance = 0.5;

  constructor(
    readonly clock = new FakeClock(),
    readonly box: Box = new MemoryBox(),
    more: Partial<Wiring> = {},
  ) {
    this.session = new Session({
      dial: (events) => {
        const socket = new FakeSocket(events);
        this.sockets.push(socket);
        return socket;
      },
      clock,
      random: () => this.chance,
      acquire: (granted) => granted(() => undefined),
      store: new Store(box, "website"),
      lang: "lt",
      listener: { changed: () => undefined, loginWanted: (why) => this.wanted.push(why) },
      ...more,
    });
  }

  get socket(): FakeSocket {
    const last = this.sockets[this.sockets.length - 1];
    if (!last) throw new Error("nothing was dialled");
    return last;
  }

  texts(): [string, string | undefined][] {
    return this.session.view().items.map((each) => [each.text, each.state]);
  }

  stored(name: string): string | null {
    return this.box.getItem(`croupier-chat:website:${name}`);
  }
}
