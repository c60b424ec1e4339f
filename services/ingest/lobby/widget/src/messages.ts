// The list of messages: one node for each, kept while its state changes.

import { make, tell } from "./dom.js";
import { pieces } from "./links.js";
import type { Item } from "./session.js";
import type { Texts } from "./texts.js";

export interface MessageActions {
  retry(id: string): void;
  edit(id: string): void;
}

const NEAR_THE_END = 60;
const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;

export class Messages {
  readonly element: HTMLElement;
  private readonly greeting: HTMLElement;
  private readonly nodes = new Map<string, { node: HTMLElement; drawn: string }>();

  constructor(
    private readonly texts: Texts,
    private readonly lang: string,
    private readonly actions: MessageActions,
  ) {
    this.greeting = make("p", { class: "greeting" }, texts.greeting);
    this.element = make(
      "div",
      {
        class: "log",
        role: "log",
        "aria-live": "polite",
        "aria-relevant": "additions",
        "aria-label": texts.log,
        tabindex: "0",
      },
      this.greeting,
    );
  }

  show(items: readonly Item[]): void {
    const gone = new Set(this.nodes.keys());
    let after: Element = this.greeting;
    let ownIsNew = false;
    items.forEach((item, index) => {
      gone.delete(item.id);
      ownIsNew ||= item.by === "you" && !this.nodes.has(item.id);
      const node = this.drawn(item, items[index - 1]);
      if (after.nextElementSibling !== node) after.after(node);
      after = node;
    });
    for (const id of gone) {
      this.nodes.get(id)?.node.remove();
      this.nodes.delete(id);
    }
    if (ownIsNew) this.toEnd();
  }

  /** Whether the last message is in sight. */
  atEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.element;
    return scrollHeight - scrollTop - clientHeight < NEAR_THE_END;
  }

  toEnd(): void {
    this.element.scrollTop = this.element.scrollHeight;
  }

  private drawn(item: Item, before: Item | undefined): HTMLElement {
    const first = before?.by !== item.by || before.name !== item.name;
    const drawn = JSON.stringify([
      item.text,
      item.files,
      item.state,
      item.reason,
      item.name,
      first,
      item.at,
    ]);
    const known = this.nodes.get(item.id);
    if (known?.drawn === drawn) return known.node;
    const node = known?.node ?? make("div", { class: `item ${item.by}` });
    const who = make("span", { class: first ? "who" : "hidden" }, `${this.name(item)} `);
    const text = make("p", { class: "text" });
    for (const { text: words, href } of pieces(item.text))
      text.append(href ? link(href, words) : words);
    text.hidden = item.text === "";
    const hadFocus = node.contains((node.getRootNode() as ShadowRoot).activeElement);
    node.replaceChildren(who, text, ...files(item), this.state(item));
    if (hadFocus) this.element.focus();
    this.nodes.set(item.id, { node, drawn });
    return node;
  }

  private name(item: Item): string {
    if (item.by === "you") return this.texts.you;
    return item.name ?? (item.by === "agent" ? this.texts.agent : this.texts.desk);
  }

  private state(item: Item): HTMLElement {
    const at = new Date(item.at);
    const time = make("time", { datetime: at.toISOString() });
    tell(time, at.toLocaleTimeString(this.lang, CLOCK));
    const line = make("span", { class: `state ${item.state ?? ""}` }, time);
    if (item.state === "sending") line.append(` · ${this.texts.sending}`);
    if (item.state === "sent") line.append(` · ${this.texts.sent}`);
    if (item.state === "failed") {
      const tooLong = item.reason === "too_large";
      const same = item.reason === "busy" || item.reason === "too_many_messages";
      const button = make("button", { type: "button", class: "plain" });
      button.textContent = same ? this.texts.retry : this.texts.edit;
      button.onclick = () => (same ? this.actions.retry(item.id) : this.actions.edit(item.id));
      line.append(` · ${tooLong ? this.texts.tooLong : this.texts.failed} `, button);
    }
    return line;
  }
}

/** Files are told by name. Fetching them is still to come: here is where they become links. */
function files(item: Item): HTMLElement[] {
  if (!item.files) return [];
  return [make("ul", { class: "files" }, ...item.files.map((name) => make("li", {}, name)))];
}

function link(href: string, words: string): HTMLElement {
  return make("a", { href, target: "_blank", rel: "noopener noreferrer nofollow" }, words);
}
