// What was said, each entry once, in the order of time; the customer's own messages before and after
// the lobby told them back.

import type { Entry } from "./protocol.js";

export class Conversation {
  private readonly byId = new Map<string, Entry>();
  private sorted: Entry[] | null = [];
  /** Ids of a session that is over: shown, and no part of what the lobby is asked for. */
  private readonly over = new Set<string>();

  /** Told again it replaces itself: a card number may have been masked meanwhile. */
  take(entry: Entry): void {
    this.byId.set(entry.id, entry);
    this.over.delete(entry.id);
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

  /** Cursor of the last one of this session. */
  since(): string | undefined {
    const entries = this.entries().filter((each) => !this.over.has(each.id));
    return entries[entries.length - 1]?.cursor;
  }

  /** Another session begins; what was said stays to be read. */
  endSession(): void {
    for (const id of this.byId.keys()) this.over.add(id);
  }

  clear(): void {
    this.byId.clear();
    this.over.clear();
    this.sorted = [];
  }
}

/** Epoch milliseconds of an entry. */
export function time(entry: Entry): number {
  const at = Date.parse(entry.at);
  return Number.isNaN(at) ? 0 : at;
}
