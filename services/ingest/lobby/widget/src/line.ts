// The line to the lobby: one socket at a time, again and again, with a pause between two that is random
// up to a length which doubles. It knows close codes, heartbeats and silence, and nothing of what is said.

import { Close, parse, type FromCustomer, type FromLobby } from "./protocol.js";
import { Timers, type Clock } from "./timers.js";

export interface Socket {
  send(text: string): void;
  close(): void;
}

export interface SocketEvents {
  opened(): void;
  heard(text: string): void;
  closed(code: number): void;
}

export type Dial = (events: SocketEvents) => Socket;

/** Lets one tab of a browser at a time begin a session; without it each would begin its own. */
export type Acquire = (granted: (release: () => void) => void) => void;

export interface LineEvents {
  /** The socket is open: say hello. */
  opened(): void;
  heard(message: FromLobby): void;
  /** The socket is gone. False: do not connect again by yourself. */
  lost(code: number): boolean;
  /** A pause began or a socket is dialled. */
  changed(): void;
}

export interface Surroundings {
  readonly dial: Dial;
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly acquire: Acquire;
}

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;
const RESTART_PAUSE = 3_000;
const CALM_PAUSE = 60_000;
const OPENING = 20_000;
const SILENCE = 10_000;

export class Line {
  private socket: Socket | null = null;
  private open = false;
  private failures = 0;
  private heartbeat = 25_000;
  private patient = false;
  private attempt = 0;
  private release: (() => void) | null = null;
  private readonly timers: Timers<"pause" | "beat" | "silence" | "opening">;

  constructor(
    private readonly around: Surroundings,
    private readonly events: LineEvents,
  ) {
    this.timers = new Timers(around.clock);
  }

  /** Whether a pause, a socket, or the wait for other tabs is under way. */
  get busy(): boolean {
    return this.attempt > 0;
  }

  /** alone: a session will begin, which tabs do one after the other. */
  start(alone: () => boolean): void {
    if (!this.busy) this.begin(alone);
  }

  /** The network or the customer is back: do not wait for the pause, and doubt the silence. */
  nudge(): void {
    if (this.timers.has("pause") && !this.patient) this.resume?.();
    else if (this.open) this.ask();
  }

  /** All is well: the next pause is short again. */
  settled(): void {
    this.failures = 0;
    this.timers.clear("opening");
  }

  /** Seconds of silence after which the lobby wants to hear from us. */
  beats(seconds: number): void {
    this.heartbeat = Math.max(1, seconds) * 1000;
    this.free();
    this.beat();
  }

  send(message: FromCustomer): void {
    if (!this.open || !this.socket) return;
    this.socket.send(JSON.stringify(message));
    this.beat();
  }

  /** End it, without another attempt. */
  stop(): void {
    const socket = this.socket;
    this.away();
    this.attempt = 0;
    this.timers.clear("pause");
    socket?.close();
  }

  private resume: (() => void) | null = null;

  private begin(alone: () => boolean): void {
    const attempt = (this.attempt = nextAttempt());
    this.resume = null;
    this.timers.clear("pause");
    if (!alone()) {
      this.dial(alone);
      return;
    }
    this.around.acquire((release) => {
      if (attempt !== this.attempt) {
        release();
        return;
      }
      this.release = release;
      this.dial(alone);
    });
  }

  private dial(alone: () => boolean): void {
    let socket: Socket | null = null;
    const mine = (): boolean => this.socket === socket;
    const closed = (code: number): void => {
      if (!mine()) return;
      this.away();
      this.again(code, alone);
    };
    socket = this.around.dial({
      opened: () => {
        if (!mine()) return;
        this.open = true;
        this.events.opened();
      },
      heard: (text) => {
        if (!mine()) return;
        this.timers.clear("silence");
        const message = parse(text);
        if (message) this.events.heard(message);
      },
      closed,
    });
    this.socket = socket;
    this.giveUp = () => {
      closed(1006);
      socket?.close();
    };
    this.timers.set("opening", OPENING, this.giveUp);
    this.events.changed();
  }

  private giveUp: () => void = () => undefined;

  private again(code: number, alone: () => boolean): void {
    this.attempt = 0;
    const wanted = this.events.lost(code);
    if (wanted && !this.busy) {
      this.attempt = nextAttempt();
      this.resume = () => this.begin(alone);
      this.patient = code === Close.TOO_MANY_MESSAGES;
      this.timers.set("pause", this.pause(code), this.resume);
      this.failures += 1;
    }
    this.events.changed();
  }

  private pause(code: number): number {
    const longest = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(this.failures, 10));
    const random = this.around.random();
    if (code === Close.TOO_MANY_MESSAGES) return CALM_PAUSE + random * longest;
    if (code === Close.RESTARTING && this.failures === 0) return random * RESTART_PAUSE;
    return random * longest;
  }

  private beat(): void {
    this.timers.set("beat", this.heartbeat, () => this.ask());
  }

  private ask(): void {
    this.send({ type: "ping" });
    if (!this.timers.has("silence")) this.timers.set("silence", SILENCE, this.giveUp);
  }

  private away(): void {
    this.socket = null;
    this.open = false;
    this.timers.clear("beat", "silence", "opening");
    this.free();
  }

  private free(): void {
    this.release?.();
    this.release = null;
  }
}

let attempts = 0;

function nextAttempt(): number {
  attempts += 1;
  return attempts;
}
