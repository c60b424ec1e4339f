// The question how it was: five radio buttons and a comment.

import { make } from "./dom.js";
import type { View } from "./session.js";
import type { Texts } from "./texts.js";

export class Rating {
  readonly element: HTMLElement;
  private readonly form: HTMLFormElement;
  private readonly thanks: HTMLElement;
  private readonly button: HTMLButtonElement;
  private readonly inputs: HTMLInputElement[] = [];
  private readonly comment: HTMLTextAreaElement;
  private shown: View["rating"] = null;

  constructor(texts: Texts, rate: (score: number, comment: string) => void) {
    const scores = make("div", { class: "scores" });
    for (let score = 1; score <= 5; score += 1) {
      const input = make("input", { type: "radio", name: "score", value: String(score) });
      this.inputs.push(input);
      scores.append(make("label", {}, input, String(score)));
    }
    const wrong = make("p", { class: "wrong", role: "alert", hidden: "" }, texts.chooseScore);
    const ends = make(
      "div",
      { class: "ends" },
      make("span", {}, texts.worst),
      make("span", {}, texts.best),
    );
    this.comment = make("textarea", {
      rows: "2",
      maxlength: "2000",
      "aria-label": texts.comment,
      placeholder: texts.comment,
    });
    this.button = make("button", { class: "main" }, texts.sendRating);
    this.form = make(
      "form",
      { class: "rating", novalidate: "" },
      make("fieldset", {}, make("legend", {}, texts.rate), ends, scores),
      wrong,
      this.comment,
      this.button,
    );
    this.form.onchange = () => (wrong.hidden = true);
    this.form.onsubmit = (event) => {
      event.preventDefault();
      const chosen = this.inputs.find((input) => input.checked);
      wrong.hidden = chosen !== undefined;
      if (chosen) rate(Number(chosen.value), this.comment.value);
      else this.inputs[0]?.focus();
    };
    this.thanks = make("p", { class: "thanks" });
    this.element = make(
      "div",
      { class: "question" },
      this.form,
      make("div", { role: "status" }, this.thanks),
    );
    this.thanksText = texts.thanks;
    this.form.hidden = this.thanks.hidden = true;
  }

  private readonly thanksText: string;

  /** True where the form went away while the customer was in it. */
  show(rating: View["rating"]): boolean {
    if (rating === this.shown) return false;
    const root = this.element.getRootNode() as ShadowRoot;
    const left = this.form.contains(root.activeElement) && rating !== "asked";
    if (rating === "asked" && this.shown === null) this.form.reset();
    this.shown = rating;
    this.form.hidden = rating !== "asked" && rating !== "sending";
    this.button.disabled = rating === "sending";
    this.thanks.hidden = rating !== "thanked";
    this.thanks.textContent = rating === "thanked" ? this.thanksText : "";
    return left;
  }
}
