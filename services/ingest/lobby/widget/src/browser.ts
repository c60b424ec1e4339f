// The session's surroundings, as a browser has them.

import type { Acquire, Dial } from "./line.js";
import { MemoryBox, type Box } from "./store.js";
import type { Clock } from "./timers.js";

const LOCK_SECONDS = 5;

export function dialer(url: string): Dial {
  return (events) => {
    const socket = new WebSocket(url);
    socket.onopen = () => events.opened();
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") events.heard(data);
    };
    socket.onclose = ({ code }) => events.closed(code);
    return {
      send: (text) => socket.send(text),
      close: () => socket.close(1000),
    };
  };
}

export const clock: Clock = {
  now: () => Date.now(),
  later: (milliseconds, action) => {
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** From 0 to 1, from the browser's own source of chance. */
export function random(): number {
  return (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32;
}

/** `localStorage`, or memory where the browser has none for us. */
export function box(): Box {
  try {
    const storage = window.localStorage;
    storage.getItem("croupier-chat");
    return storage;
  } catch {
    return new MemoryBox();
  }
}

/** One tab at a time. A tab that sleeps with the lock holds the others up for seconds only. */
export function lock(name: string): Acquire {
  return (granted) => {
    const nothing = (): void => undefined;
    if (!("locks" in navigator)) {
      granted(nothing);
      return;
    }
    const asking = new AbortController();
    const timer = setTimeout(() => asking.abort(), LOCK_SECONDS * 1000);
    const held = (): Promise<void> => {
      clearTimeout(timer);
      return new Promise((release) => granted(release));
    };
    navigator.locks.request(name, { signal: asking.signal }, held).catch(() => granted(nothing));
  };
}
