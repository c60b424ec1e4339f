// Time as the session sees it: injected, so that tests turn it by hand.

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls once, later; the answer calls it off. */
  later(milliseconds: number, action: () => void): () => void;
}

/** Timers by name: setting one again replaces it. */
export class Timers<Name extends string> {
  private readonly running = new Map<Name, () => void>();

  constructor(private readonly clock: Clock) {}

  set(name: Name, milliseconds: number, action: () => void): void {
    this.clear(name);
    const cancel = this.clock.later(milliseconds, () => {
      this.running.delete(name);
      action();
    });
    this.running.set(name, cancel);
  }

  has(name: Name): boolean {
    return this.running.has(name);
  }

  clear(...names: Name[]): void {
    for (const name of names) {
      this.running.get(name)?.();
      this.running.delete(name);
    }
  }
}
