// What the script does on a page: it reads its own tag, makes the session and the dialog, and gives the
// page `window.CroupierChat`.

import { box, clock, dialer, lock, random } from "./browser.js";
import { Session } from "./session.js";
import { Store } from "./store.js";
import { language, TEXTS } from "./texts.js";
import { Ui } from "./ui.js";

export interface CroupierChat {
  open(): void;
  close(): void;
  /** A token that the site's server made for who is logged in: docs/chat.md. */
  login(token: string): void;
  logout(): void;
}

declare global {
  interface Window {
    CroupierChat?: CroupierChat;
  }
}

function begin(script: HTMLScriptElement): CroupierChat {
  const account = script.dataset.account ?? "website";
  const lang = language(script.dataset.lang, document.documentElement.lang, navigator.language);
  const store = new Store(box(), account);
  let ui: Ui | null = null;
  const session = new Session({
    dial: dialer(address(script.src, account)),
    clock,
    random,
    acquire: lock(store.prefix),
    store,
    lang,
    listener: {
      changed: () => ui?.changed(),
      loginWanted: (why) =>
        window.dispatchEvent(new CustomEvent("croupierchat:login", { detail: { why } })),
    },
  });
  ui = new Ui(session, TEXTS[lang], lang);
  const dialog = ui;
  window.addEventListener("online", () => session.nudge());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) session.nudge();
  });
  window.addEventListener("storage", ({ key }) => {
    if (key?.startsWith(store.prefix)) session.changedElsewhere(key.slice(store.prefix.length));
  });
  if (session.begun) session.start();
  return {
    open: () => dialog.open(),
    close: () => dialog.close(),
    login: (token) => session.login(token),
    logout: () => {
      dialog.close();
      session.logout();
    },
  };
}

/** The socket of the account, at the host the script came from. */
function address(script: string, account: string): string {
  const url = new URL(`/v1/chat/${encodeURIComponent(account)}`, script || location.href);
  url.protocol = url.protocol === "http:" ? "ws:" : "wss:";
  return url.href;
}

const script = document.currentScript;
if (script instanceof HTMLScriptElement && !window.CroupierChat) {
  const start = (): void => {
    window.CroupierChat ??= begin(script);
  };
  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start);
}
