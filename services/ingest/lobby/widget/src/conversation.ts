// What was said, each entry once, in the order of time; the customer's own messages before and after
// the lobby told them back.

import type { Entry } from "./protocol.js";

export class Conversation {
  private readonly byId = new Map<string, Entry>();
  private sorted: Entry[] | null = [];

  /** Told again it replaces itself: a card number may have been masked meanwhile. */
  take(entry: Entry): void {
    this.byId.set(entry.id, entry);
    this.sorted = null;
  }

  has(id: string): boolean {
    return this.byId.has(id);
  }

  /** By time; at the same time in the order they came in. */
  entries(): readonly Entry[] {
    this.sorted ??= [...this.byId.values()].sort((one, other) => time(one) - time(other));
    return this.sorted;
  }

  last(): Entry | undefined {
    const entries = this.entries();
    return entries[entries.length - 1];
  }

  /** Cursor of the last one. */
  since(): string | undefined {
    return this.last()?.cursor;
  }

  clear(): void {
    this.byId.clear();
    this.sorted = [];
  }
}

/** Epoch milliseconds of an entry. */
export function time(entry: Entry): number {
  const at = Date.parse(entry.at);
  return Number.isNaN(at) ? 0 : at;
}
