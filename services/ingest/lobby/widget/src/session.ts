// One customer's chat in one tab: what was said, what is still to be said, and where the matter stands.
// No browser in it: line, clock, store and chance are given.

import { Conversation, time } from "./conversation.js";
import { Line, type Surroundings } from "./line.js";
import {
  Close,
  MOST_GOT,
  type Entry,
  type FromLobby,
  type Hello,
  type Lasting,
  type Reason,
  type Status,
  type Welcome,
} from "./protocol.js";
import { Sender } from "./sender.js";
import type { Store } from "./store.js";
import { Timers } from "./timers.js";

/** A message as it is shown. state: of the customer's own. */
export interface Item {
  readonly id: string;
  readonly by: Entry["by"];
  readonly name?: string;
  readonly text: string;
  /** Names of its files. */
  readonly files?: readonly string[];
  /** Epoch milliseconds. */
  readonly at: number;
  readonly state?: "sending" | "sent" | "failed";
  readonly reason?: Reason;
}

export interface View {
  /** elsewhere: too many other windows of this customer are open. */
  readonly line: "off" | "connecting" | "up" | "elsewhere";
  readonly status: Status | null;
  readonly items: readonly Item[];
  readonly typing: boolean;
  readonly rating: "asked" | "sending" | "thanked" | null;
  readonly unread: number;
  /** Characters of a message. */
  readonly longest: number;
}

export interface Listener {
  changed(): void;
  /** The site is to call `login` again: its token ends in a minute, or was not taken. */
  loginWanted(why: "expiring" | "refused"): void;
}

export interface Wiring extends Surroundings {
  readonly store: Store;
  readonly lang: string;
  readonly listener: Listener;
}

const TYPING_EACH = 3_000;
const TYPING_SHOWN = 5_000;
const RENEW_BEFORE = 60_000;
const RENEW_AFTER = 10_000;

export class Session {
  private readonly line: Line;
  private readonly timers: Timers<"typing" | "typed" | "renewal">;
  private readonly conversation = new Conversation();
  private readonly sender: Sender;
  /** Confirmed, and not told back yet. */
  private confirmed: Item[] = [];
  private up = false;
  private elsewhere = false;
  private status: Status | null = null;
  private asking: string | null = null;
  private thanked = false;
  private unseen = new Set<string>();
  private longest = 10_000;
  private customerToken: string | null = null;
  private vouched: "no" | "at hello" | "later" = "no";
  private helloToken: string | null = null;
  private readonly mark: string;
  private said = 0;

  constructor(private readonly wiring: Wiring) {
    this.timers = new Timers(wiring.clock);
    this.mark = Array.from({ length: 3 }, () => base36(wiring.random())).join("");
    this.line = new Line(wiring, {
      opened: () => this.greet(),
      heard: (message) => this.hear(message),
      lost: (code) => this.lost(code),
      changed: () => wiring.listener.changed(),
    });
    this.sender = new Sender(wiring.store, wiring.clock, (said) => this.line.send(said));
  }

  /** Whether there is something to come back to without being asked. */
  get begun(): boolean {
    return this.token() !== null || this.sender.busy;
  }

  start(): void {
    this.elsewhere = false;
    this.line.start(() => this.token() === null && this.customerToken === null);
    this.wiring.listener.changed();
  }

  nudge(): void {
    this.line.nudge();
  }

  write(text: string): void {
    const clean = text.trim().replace(/\p{Surrogate}/gu, "\ufffd");
    if (clean === "") return;
    this.asking = null;
    this.thanked = false;
    this.timers.clear("typed");
    this.keep({ type: "message", id: this.newId(), text: clean });
  }

  /** A message that the lobby refused goes out again, as it is. */
  retry(id: string): void {
    this.sender.retry(id);
    this.wiring.listener.changed();
  }

  /** Take a refused message back, to write it anew. */
  withdraw(id: string): string {
    const found = this.sender.withdraw(id);
    this.wiring.listener.changed();
    return found?.said.type === "message" ? found.said.text : "";
  }

  rate(score: number, comment: string): void {
    if (this.asking === null) return;
    this.wiring.store.set("rated", this.asking);
    const said = comment
      .trim()
      .replace(/\p{Surrogate}/gu, "\ufffd")
      .slice(0, 2_000);
    this.keep({ type: "rate", id: this.newId(), score, ...(said && { comment: said }) });
  }

  leave(): void {
    this.keep({ type: "leave", id: this.newId() });
  }

  /** The customer types: told at most every three seconds. */
  types(): void {
    if (!this.up || this.timers.has("typed")) return;
    this.timers.set("typed", TYPING_EACH, () => undefined);
    this.line.send({ type: "typing" });
  }

  /** All that is there has been shown to the customer. */
  seen(): void {
    const last = this.conversation.last();
    if (last && time(last) > this.readUntil()) this.wiring.store.set("read", String(time(last)));
    if (!this.up || this.unseen.size === 0) return;
    const ids = [...this.unseen];
    this.unseen.clear();
    for (let from = 0; from < ids.length; from += MOST_GOT) {
      this.line.send({ type: "got", entries: ids.slice(from, from + MOST_GOT) });
    }
  }

  /** Vouched for by the site. Connects only where there is something to come back to. */
  login(customerToken: string): void {
    this.customerToken = customerToken;
    this.vouched = "no";
    if (this.up) this.logIn();
    else if (this.begun) this.start();
  }

  /** Forget the customer, here and, by the store, in the browser's other tabs. */
  logout(): void {
    this.sender.clear();
    for (const name of ["token", "rated", "read"]) this.wiring.store.remove(name);
    this.wiring.store.set("logout", String(this.wiring.clock.now()));
    this.forget();
  }

  /** Another tab changed the store. */
  changedElsewhere(name: string): void {
    if (name === "logout") this.forget();
    else this.wiring.listener.changed();
  }

  view(): View {
    const entries = this.conversation.entries();
    const read = this.readUntil();
    return {
      line: this.up ? "up" : this.elsewhere ? "elsewhere" : this.line.busy ? "connecting" : "off",
      status: this.status,
      items: [...entries.map(shown), ...this.confirmed, ...this.pending()],
      typing: this.timers.has("typing"),
      rating: this.rating(),
      unread: entries.filter((each) => each.by !== "you" && time(each) > read).length,
      longest: this.longest,
    };
  }

  private rating(): View["rating"] {
    if (this.thanked) return "thanked";
    if (this.asking === null) return null;
    return this.wiring.store.get("rated") === this.asking ? "sending" : "asked";
  }

  private pending(): Item[] {
    const items: Item[] = [];
    for (const { said, at, failed } of this.sender.waiting()) {
      if (said.type !== "message") continue;
      const state = failed === undefined ? "sending" : "failed";
      const reason = failed === undefined ? {} : { reason: failed };
      items.push({ id: said.id, by: "you", text: said.text, at, state, ...reason });
    }
    return items;
  }

  private keep(said: Lasting): void {
    this.sender.add(said);
    this.start();
  }

  private newId(): string {
    this.said += 1;
    return `${this.mark}-${this.said}`;
  }

  private token(): string | null {
    return this.wiring.store.get("token");
  }

  private readUntil(): number {
    return Number(this.wiring.store.get("read") ?? 0);
  }

  private greet(): void {
    this.helloToken = this.token();
    if (this.customerToken !== null && this.vouched === "no") this.conversation.clear();
    const since = this.conversation.since();
    const hello: Hello = {
      type: "hello",
      lang: this.wiring.lang,
      ...(this.helloToken !== null && { token: this.helloToken }),
      ...(this.customerToken !== null && { customer_token: this.customerToken }),
      ...(since !== undefined && { since }),
    };
    this.vouched = this.customerToken === null ? "no" : "at hello";
    this.line.send(hello);
  }

  /** On the line that is open already. */
  private logIn(): void {
    if (this.customerToken === null) return;
    this.vouched = "later";
    this.line.send({ type: "hello", customer_token: this.customerToken });
  }

  private hear(message: FromLobby): void {
    switch (message.type) {
      case "welcome":
        this.welcome(message);
        break;
      case "entry":
        this.take(message.entry);
        break;
      case "caught_up":
        this.up = true;
        this.line.settled();
        if (this.vouched === "no") this.logIn();
        this.sender.connected(true);
        break;
      case "status":
        this.status = message;
        break;
      case "typing":
        this.timers.set("typing", TYPING_SHOWN, () => this.wiring.listener.changed());
        break;
      case "ask_rating":
        this.ask(message.id);
        break;
      case "ack":
        this.confirm(message.id);
        break;
      case "nack":
        this.sender.postponed(message.id, message.retry_after_seconds);
        break;
      case "error":
        if (message.id !== undefined) this.refused(message.id, message.reason);
        break;
      default: // pong, and what we do not know
        return;
    }
    this.wiring.listener.changed();
  }

  private welcome(message: Welcome): void {
    this.helloToken = message.token;
    this.wiring.store.set("token", message.token);
    this.longest = message.limits?.text ?? this.longest;
    this.line.beats(message.heartbeat_seconds);
    this.timers.clear("renewal");
    if (message.logged_in_seconds !== undefined) {
      const left = message.logged_in_seconds * 1_000;
      this.timers.set("renewal", Math.max(RENEW_AFTER, left - RENEW_BEFORE), () =>
        this.wiring.listener.loginWanted("expiring"),
      );
    }
  }

  private take(entry: Entry): void {
    const news = !this.conversation.has(entry.id);
    this.conversation.take(entry);
    if (entry.by === "you") {
      this.confirmed = this.confirmed.filter((each) => each.id !== entry.id);
      this.sender.confirmed(entry.id);
    } else {
      this.unseen.add(entry.id);
      if (news) this.timers.clear("typing");
    }
    if (news && entry.id !== this.asking) {
      this.asking = null;
      this.thanked = false;
    }
  }

  private ask(id: string): void {
    if (this.wiring.store.get("rated") !== id || this.asking === id) this.asking = id;
  }

  private confirm(id: string): void {
    const found = this.sender.confirmed(id);
    if (found?.said.type === "message" && !this.conversation.has(id)) {
      const { text } = found.said;
      this.confirmed.push({ id, by: "you", text, at: found.at, state: "sent" });
    }
    if (found?.said.type === "rate") {
      this.asking = null;
      this.thanked = true;
    }
  }

  private refused(id: string, reason: Reason): void {
    const found = this.sender.refused(id, reason);
    if (found?.said.type === "rate") this.wiring.store.remove("rated");
  }

  private lost(code: number): boolean {
    this.down();
    if (code === Close.REPLACED) {
      this.elsewhere = true;
      return false;
    }
    if (code === Close.NO_SESSION && this.helloToken !== null) {
      // a tab beside us may have begun the new session already
      if (this.token() === this.helloToken) this.wiring.store.remove("token");
      this.endSession();
    }
    if (code === Close.NO_CUSTOMER) {
      if (this.vouched === "later") {
        this.wiring.store.remove("token"); // another customer logged in: their own session begins
        this.startAnew();
      } else {
        this.customerToken = null;
        this.wiring.listener.loginWanted("refused");
      }
      this.vouched = "no";
    }
    return true;
  }

  private down(): void {
    this.up = false;
    this.sender.connected(false);
    this.unseen.clear();
    this.timers.clear("typing", "typed", "renewal");
  }

  /** The same customer, in a new session: what was said stays in sight. */
  private endSession(): void {
    for (const { id, by, text, at } of this.confirmed) {
      const last = this.conversation.last();
      const when = new Date(Math.max(at, last ? time(last) : 0)).toISOString();
      this.conversation.take({ id, by, text, at: when, cursor: "" });
    }
    this.confirmed = [];
    this.conversation.endSession();
    this.status = null;
    this.asking = null;
  }

  /** Nothing of who was here before is shown. */
  private startAnew(): void {
    this.conversation.clear();
    this.confirmed = [];
    this.status = null;
    this.asking = null;
  }

  private forget(): void {
    this.line.stop();
    this.down();
    this.startAnew();
    this.thanked = false;
    this.customerToken = null;
    this.vouched = "no";
    this.sender.clear();
    this.wiring.listener.changed();
  }
}

function shown(entry: Entry): Item {
  const { id, by, text } = entry;
  const names = (entry.attachments ?? []).map((each) => each.name || each.media_type || "?");
  const files = names.length === 0 ? {} : { files: names };
  const name = entry.name === undefined ? {} : { name: entry.name };
  const state = by === "you" ? ({ state: "sent" } as const) : {};
  return { id, by, text, at: time(entry), ...files, ...name, ...state };
}

function base36(random: number): string {
  return Math.floor(random * 36 ** 6)
    .toString(36)
    .padStart(6, "0");
}
