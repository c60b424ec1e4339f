// What a browser keeps for one account: the session's token, what is not sent yet, what was read.

/** As much of `Storage` as is used. */
export interface Box {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** For a browser that keeps nothing (private windows, blocked site data): until the page is left. */
export class MemoryBox implements Box {
  private readonly values = new Map<string, string>();
  get length(): number {
    return this.values.size;
  }
  key(index: number): string | null {
    return [...this.values.keys()][index] ?? null;
  }
  getItem(key: string): string | null {
    return this.values.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.values.set(key, value);
  }
  removeItem(key: string): void {
    this.values.delete(key);
  }
}

/** A box scoped to one account. Where the browser refuses to write, memory takes it. */
export class Store {
  readonly prefix: string;
  private readonly spare = new MemoryBox();

  constructor(
    private readonly box: Box,
    account: string,
  ) {
    this.prefix = `croupier-chat:${account}:`;
  }

  get(name: string): string | null {
    const key = this.prefix + name;
    return this.spare.getItem(key) ?? this.tried(() => this.box.getItem(key)) ?? null;
  }

  set(name: string, value: string): void {
    const key = this.prefix + name;
    this.spare.removeItem(key);
    try {
      this.box.setItem(key, value);
    } catch {
      this.spare.setItem(key, value);
    }
  }

  remove(name: string): void {
    this.spare.removeItem(this.prefix + name);
    this.tried(() => this.box.removeItem(this.prefix + name));
  }

  /** Names that begin so. */
  names(beginning: string): string[] {
    const wanted = this.prefix + beginning;
    const found = new Set([...keys(this.spare), ...(this.tried(() => keys(this.box)) ?? [])]);
    return [...found]
      .filter((key) => key.startsWith(wanted))
      .map((key) => key.slice(this.prefix.length));
  }

  private tried<T>(action: () => T): T | undefined {
    try {
      return action();
    } catch {
      return undefined;
    }
  }
}

function keys(box: Box): string[] {
  return Array.from({ length: box.length }, (_, index) => box.key(index)).filter(
    (key): key is string => key !== null,
  );
}
