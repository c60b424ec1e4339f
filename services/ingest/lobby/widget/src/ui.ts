// The launcher and the dialog, in a shadow root: the page's rules do not reach them, nor theirs the page.

import { icon, ICONS, make, tell } from "./dom.js";
import { Messages } from "./messages.js";
import { Rating } from "./rating.js";
import type { Session, View } from "./session.js";
import { dress } from "./styles.js";
import { wait, type Texts } from "./texts.js";

const PHONE = "(max-width: 480px)";
const LARGEST_BADGE = 99;

export class Ui {
  private readonly host = make("croupier-chat" as "div");
  private readonly root = this.host.attachShadow({ mode: "open" });
  private readonly launcher: HTMLButtonElement;
  private readonly badge = make("span", { class: "badge", "aria-hidden": "true", hidden: "" });
  /** Says the badge aloud. */
  private readonly aloud = make("p", { class: "hidden", role: "status" });
  private readonly panel: HTMLElement;
  private readonly status = make("p", { class: "status", role: "status" });
  private readonly typing = make("p", { class: "typing" });
  private readonly elsewhere: HTMLElement;
  private readonly leaving: HTMLElement;
  private readonly leaveButton: HTMLButtonElement;
  private readonly messages: Messages;
  private readonly rating: Rating;
  private readonly input: HTMLTextAreaElement;
  private readonly phone = matchMedia(PHONE);
  private overflow: string | null = null;
  private planned = false;

  constructor(
    private readonly session: Session,
    private readonly texts: Texts,
    lang: string,
  ) {
    this.launcher = button(texts.open, "launcher", () =>
      this.opened ? this.close() : this.open(),
    );
    this.launcher.setAttribute("aria-haspopup", "dialog");
    this.launcher.append(icon(ICONS.chat), this.badge);
    this.leaveButton = button(texts.leave, "", () => this.askToLeave(true));
    this.leaveButton.append(icon(ICONS.leave));
    const close = button(texts.close, "", () => this.close());
    close.append(icon(ICONS.close));
    const title = make("h2", { id: "title" }, texts.title);
    this.elsewhere = bar(texts.elsewhere, [texts.here, "main", () => session.start()]);
    this.leaving = bar(
      texts.leaveSure,
      [texts.leaveYes, "main", () => this.leave()],
      [texts.leaveNo, "plain", () => this.askToLeave(false)],
    );
    this.messages = new Messages(texts, lang, {
      retry: (id) => session.retry(id),
      edit: (id) => this.edit(id),
    });
    this.rating = new Rating(texts, (score, comment) => session.rate(score, comment));
    this.input = make("textarea", {
      rows: "1",
      "aria-label": texts.write,
      placeholder: texts.write,
    });
    this.panel = make(
      "div",
      {
        class: "panel",
        id: "panel",
        role: "dialog",
        "aria-labelledby": "title",
        tabindex: "-1",
        lang,
      },
      make(
        "header",
        {},
        make("div", { class: "words" }, title, this.status),
        this.leaveButton,
        close,
      ),
      this.elsewhere,
      this.leaving,
      this.messages.element,
      this.typing,
      this.rating.element,
      this.composer(),
    );
    this.panel.hidden = true;
    this.launcher.lang = this.aloud.lang = lang;
    this.launcher.setAttribute("aria-controls", "panel");
    this.launcher.setAttribute("aria-expanded", "false");
    dress(this.root);
    this.root.append(this.launcher, this.aloud, this.panel);
    this.listen();
    document.body.append(this.host);
    this.draw();
  }

  get opened(): boolean {
    return !this.panel.hidden;
  }

  open(): void {
    if (this.opened) return;
    this.panel.hidden = false;
    this.launcher.setAttribute("aria-expanded", "true");
    this.fit();
    this.session.start();
    this.draw();
    this.messages.toEnd();
    // on a touch screen the keyboard would cover half of it at once
    if (matchMedia("(pointer: coarse)").matches) this.panel.focus();
    else this.input.focus();
  }

  close(): void {
    if (!this.opened) return;
    const inside = this.host === document.activeElement;
    this.panel.hidden = true;
    this.leaving.hidden = true;
    this.launcher.setAttribute("aria-expanded", "false");
    this.fit();
    if (inside || this.phone.matches) this.launcher.focus();
  }

  /** Show what is, soon: several changes at once are drawn once. */
  changed(): void {
    if (this.planned) return;
    this.planned = true;
    queueMicrotask(() => {
      this.planned = false;
      this.draw();
    });
  }

  private draw(): void {
    const view = this.session.view();
    const unread = this.opened && !document.hidden ? 0 : view.unread;
    this.badge.hidden = unread === 0;
    tell(this.badge, unread > LARGEST_BADGE ? `${LARGEST_BADGE}+` : String(unread));
    const { open, unread: many } = this.texts;
    this.launcher.setAttribute("aria-label", unread === 0 ? open : `${open}, ${many(unread)}`);
    tell(this.aloud, unread === 0 ? "" : many(unread));
    if (!this.opened) return;
    const atEnd = this.messages.atEnd();
    tell(this.status, this.where(view));
    this.elsewhere.hidden = view.line !== "elsewhere";
    const state = view.status?.state;
    this.leaveButton.hidden = state !== "waiting" && state !== "with_agent";
    if (this.leaveButton.hidden && !this.leaving.hidden) this.askToLeave(false);
    const name = view.status?.agent ?? this.texts.agent;
    tell(this.typing, view.typing ? `${name} ${this.texts.typing}` : "");
    this.input.maxLength = view.longest;
    const left = this.rating.show(view.rating);
    this.messages.show(view.items);
    if (atEnd) this.messages.toEnd();
    if (left) this.input.focus();
    if (!document.hidden) this.session.seen();
  }

  private where({ line, status }: View): string {
    const { texts } = this;
    if (line === "connecting") return texts.connecting;
    switch (status?.state) {
      case "waiting": {
        const { position, wait_seconds: seconds } = status;
        const words = [texts.waiting];
        if (position !== undefined)
          words[0] = position <= 1 ? texts.next : texts.position(position);
        if (seconds !== undefined) words.push(wait(texts, seconds));
        return words.join(" ");
      }
      case "with_agent":
        return texts.withAgent(status.agent);
      case "resolved":
        return texts.resolved;
      default:
        return "";
    }
  }

  private composer(): HTMLFormElement {
    const send = make("button", { class: "main" }, this.texts.send);
    const form = make("form", { class: "composer" }, this.input, send);
    const write = (): void => {
      this.session.write(this.input.value);
      this.input.value = "";
      this.grow();
      this.input.focus();
    };
    form.onsubmit = (event) => {
      event.preventDefault();
      write();
    };
    this.input.onkeydown = (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      write();
    };
    this.input.oninput = () => {
      this.grow();
      if (this.input.value.trim() !== "") this.session.types();
    };
    return form;
  }

  private edit(id: string): void {
    const text = this.session.withdraw(id);
    this.input.value = [text, this.input.value].filter(Boolean).join("\n");
    this.grow();
    this.input.focus();
  }

  private grow(): void {
    this.input.style.height = "";
    const wanted = this.input.scrollHeight + 2;
    if (this.input.value !== "") this.input.style.height = `${wanted}px`;
  }

  private askToLeave(ask: boolean): void {
    this.leaving.hidden = !ask;
    if (ask) this.leaving.querySelector("button")?.focus();
    else if (this.leaveButton.hidden) this.input.focus();
    else this.leaveButton.focus();
  }

  private leave(): void {
    this.session.leave();
    this.askToLeave(false);
    this.close();
  }

  private listen(): void {
    this.root.addEventListener("keydown", (event) => this.key(event as KeyboardEvent));
    document.addEventListener("visibilitychange", () => this.draw());
    this.phone.addEventListener("change", () => this.fit());
    visualViewport?.addEventListener("resize", () => this.fit());
    visualViewport?.addEventListener("scroll", () => this.fit());
  }

  private key(event: KeyboardEvent): void {
    if (!this.opened) return;
    if (event.key === "Escape" && !event.isComposing) {
      event.stopPropagation();
      if (this.leaving.hidden) this.close();
      else this.askToLeave(false);
    }
    if (event.key === "Tab" && this.phone.matches) this.stayInside(event);
  }

  /** On a phone the dialog is all there is to see, so it is all there is to reach. */
  private stayInside(event: KeyboardEvent): void {
    const all = this.panel.querySelectorAll<HTMLElement>(
      "button, textarea, input, a[href], [tabindex='0']",
    );
    const reached = [...all].filter(
      (each) => each.getClientRects().length > 0 && !each.matches(":disabled"),
    );
    const first = reached[0];
    const last = reached[reached.length - 1];
    const now = this.root.activeElement;
    if (event.shiftKey && (now === first || now === this.panel)) {
      event.preventDefault();
      last?.focus();
    } else if (!event.shiftKey && now === last) {
      event.preventDefault();
      first?.focus();
    }
  }

  /** Full screen on a phone: above its keyboard, with the page behind it standing still. */
  private fit(): void {
    const full = this.opened && this.phone.matches;
    this.launcher.hidden = full;
    if (full) this.panel.setAttribute("aria-modal", "true");
    else this.panel.removeAttribute("aria-modal");
    const page = document.documentElement.style;
    if (full && this.overflow === null) {
      this.overflow = page.overflow;
      page.overflow = "hidden";
    } else if (!full && this.overflow !== null) {
      page.overflow = this.overflow;
      this.overflow = null;
    }
    const shown = window.visualViewport;
    const keyboard = full && shown && shown.scale === 1 && shown.height < window.innerHeight - 1;
    this.host.style.setProperty("--height", keyboard ? `${shown.height}px` : "");
    this.host.style.setProperty("--top", keyboard ? `${shown.offsetTop}px` : "");
  }
}

function button(label: string, name: string, pressed: () => void): HTMLButtonElement {
  const made = make("button", {
    type: "button",
    "aria-label": label,
    ...(name && { class: name }),
  });
  if (name === "") made.title = label;
  made.onclick = pressed;
  return made;
}

function bar(words: string, ...actions: [string, string, () => void][]): HTMLElement {
  const made = make("div", { class: "bar", hidden: "" }, make("p", {}, words));
  for (const [label, name, pressed] of actions) {
    const action = make("button", { type: "button", class: name }, label);
    action.onclick = pressed;
    made.append(action);
  }
  return made;
}
