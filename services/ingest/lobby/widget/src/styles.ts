// The look. Pairs of colours have a contrast of at least 4.5 in both schemes.

export const STYLES = `
:host {
  all: initial !important; /* a page's rules for its elements come before ours unless ours insist */
  color-scheme: light dark !important;
  --accent: #0b5d4e; --on-accent: #ffffff;
  --face: #ffffff; --text: #1b1f23; --quiet: #586069; --line: #8a929a;
  --theirs: #eef1f3; --bad: #b3261e; --focus: #1b1f23; --focus-gap: #ffffff;
  --height: 100dvh; --top: 0px;
}
@media (prefers-color-scheme: dark) {
  :host {
    --accent: #7fd6c2; --on-accent: #06231d;
    --face: #1b1f23; --text: #eceff1; --quiet: #adb5bd; --line: #7d868f;
    --theirs: #2b3138; --bad: #ffb4ab; --focus: #ffffff; --focus-gap: #1b1f23;
  }
}
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
.launcher, .panel { font: 16px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; color: var(--text); }
button, textarea, input { font: inherit; color: inherit; }
button { cursor: pointer; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; box-shadow: 0 0 0 2px var(--focus-gap); }
.launcher {
  position: fixed; z-index: 2147483000;
  right: calc(20px + env(safe-area-inset-right)); bottom: calc(20px + env(safe-area-inset-bottom));
  width: 60px; height: 60px; padding: 0; border: 0; border-radius: 50%;
  background: var(--accent); color: var(--on-accent); box-shadow: 0 3px 12px rgb(0 0 0 / .35);
  display: grid; place-items: center;
}
.launcher svg { width: 30px; height: 30px; }
.badge {
  position: absolute; top: -4px; right: -4px; min-width: 24px; height: 24px; padding: 0 6px;
  border-radius: 12px; background: #b3261e; color: #fff; border: 2px solid #fff;
  font-size: 13px; line-height: 20px; font-weight: 700; text-align: center;
}
.panel {
  position: fixed; z-index: 2147483001;
  right: calc(20px + env(safe-area-inset-right)); bottom: calc(92px + env(safe-area-inset-bottom));
  width: 380px; height: min(600px, calc(100dvh - 120px));
  display: flex; flex-direction: column; overflow: hidden;
  background: var(--face); border: 1px solid var(--line); border-radius: 14px;
  box-shadow: 0 8px 32px rgb(0 0 0 / .3); animation: rise .16s ease-out;
}
@keyframes rise { from { opacity: 0; transform: translateY(8px); } }
header { display: flex; align-items: center; gap: 4px; padding: 10px 8px 10px 16px; background: var(--accent); color: var(--on-accent); }
header .words { flex: 1; min-width: 0; }
h2 { margin: 0; font-size: 17px; line-height: 1.3; font-weight: 650; }
.status { margin: 0; font-size: 14px; line-height: 1.35; }
.status:empty { display: none; }
header button {
  flex: none; min-width: 44px; height: 44px; border: 0; border-radius: 8px; background: none; color: inherit;
  display: grid; place-items: center;
}
header button:focus-visible { outline-color: var(--on-accent); outline-offset: -4px; box-shadow: none; }
header svg { width: 22px; height: 22px; }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; padding: 10px 16px; border-bottom: 1px solid var(--line); }
.bar p { margin: 0; flex: 1 1 auto; }
.log { flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; padding: 14px 16px 4px; }
.log:focus-visible { outline-offset: -3px; box-shadow: none; }
.greeting { margin: 0 0 12px; color: var(--quiet); text-align: center; }
.item { margin: 0 0 10px; max-width: 86%; }
.item.you { margin-left: auto; width: fit-content; }
.who { display: block; margin: 0 4px 2px; font-size: 13px; color: var(--quiet); }
.you .who { text-align: right; }
.text { margin: 0; padding: 8px 12px; border-radius: 12px; background: var(--theirs); white-space: pre-wrap; overflow-wrap: anywhere; width: fit-content; max-width: 100%; }
.you .text { background: var(--accent); color: var(--on-accent); margin-left: auto; }
.text a { color: inherit; text-decoration: underline; }
.files { margin: 4px 0 0; padding: 8px 12px; border: 1px solid var(--line); border-radius: 12px; list-style: none; overflow-wrap: anywhere; width: fit-content; max-width: 100%; }
.you .files { margin-left: auto; }
.state { display: block; margin: 2px 4px 0; font-size: 13px; color: var(--quiet); }
.you .state { text-align: right; }
.state.failed { color: var(--bad); }
.plain { min-height: 32px; padding: 2px 10px; border: 1px solid var(--line); border-radius: 8px; background: none; }
.main { min-height: 44px; padding: 6px 16px; border: 0; border-radius: 10px; background: var(--accent); color: var(--on-accent); font-weight: 600; }
.typing { min-height: 22px; margin: 0; padding: 0 16px 4px; font-size: 14px; color: var(--quiet); }
form { margin: 0; }
.question { flex: none; max-height: 60%; overflow-y: auto; }
.rating { padding: 10px 16px 12px; border-top: 1px solid var(--line); }
fieldset { border: 0; margin: 0; padding: 0; min-width: 0; }
legend { padding: 0; font-weight: 650; }
.ends { display: flex; justify-content: space-between; font-size: 13px; color: var(--quiet); margin: 4px 0; }
.scores { display: grid; grid-template-columns: repeat(5, 1fr); gap: 8px; }
.scores label { position: relative; display: grid; place-items: center; min-height: 44px; border: 1px solid var(--line); border-radius: 10px; cursor: pointer; }
.scores input { position: absolute; inset: 0; margin: 0; opacity: 0; cursor: pointer; }
.scores label:has(:checked) { background: var(--accent); color: var(--on-accent); border-color: var(--accent); font-weight: 700; }
.scores label:has(:focus-visible) { outline: 3px solid var(--focus); outline-offset: 2px; }
.rating textarea { margin: 10px 0; width: 100%; }
.wrong { margin: 6px 0 0; color: var(--bad); font-size: 14px; }
.thanks { margin: 0; padding: 12px 16px; border-top: 1px solid var(--line); text-align: center; }
.composer { display: flex; align-items: flex-end; gap: 8px; padding: 10px 12px; border-top: 1px solid var(--line); }
textarea { resize: none; border: 1px solid var(--line); border-radius: 10px; padding: 10px 12px; background: var(--face); color: var(--text); display: block; }
textarea::placeholder { color: var(--quiet); opacity: 1; }
textarea:focus-visible { outline-width: 2px; outline-offset: 0; box-shadow: none; }
.composer textarea { flex: 1; min-width: 0; height: 46px; max-height: 140px; line-height: 1.4; }
.hidden { position: absolute; margin: 0; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.launcher + .hidden { position: fixed; bottom: 0; right: 0; }
@media (max-width: 480px) {
  .panel {
    inset: auto; left: 0; right: 0; top: var(--top); width: 100%; height: var(--height); border: 0; border-radius: 0;
    padding: env(safe-area-inset-top) env(safe-area-inset-right) env(safe-area-inset-bottom) env(safe-area-inset-left);
    background: linear-gradient(var(--accent) 0 env(safe-area-inset-top), var(--face) 0);
  }
}
@media (prefers-reduced-motion: reduce) { .panel { animation: none; } }
@media (forced-colors: active) {
  .launcher, .panel, .text, .main { border: 1px solid; }
  .scores label:has(:checked) { outline: 3px solid Highlight; }
}
`;

/** A sheet where the browser can make one, which a page's rules on inline styles do not touch. */
export function dress(root: ShadowRoot): void {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    root.adoptedStyleSheets = [sheet];
  } catch {
    const style = document.createElement("style");
    style.textContent = STYLES;
    root.append(style);
  }
}
