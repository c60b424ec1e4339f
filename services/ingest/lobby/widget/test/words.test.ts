import { describe, expect, test } from "vitest";

import { pieces } from "../src/links.js";
import { language, TEXTS, wait } from "../src/texts.js";

describe("links", () => {
  test.each([
    ["See https://a.example/b?c=1.", ["https://a.example/b?c=1"]],
    [
      "(https://a.example/x_(y)) and HTTP://B.example!",
      ["https://a.example/x_(y)", "HTTP://B.example"],
    ],
    ["javascript:alert(1) data:text/html,x ftp://a.example", []],
    ["https://bank.example@evil.example/", []],
    ["<https://a.example>", ["https://a.example"]],
    ["https://", []],
  ])("in %s", (text, found) => {
    const all = pieces(text);
    expect(all.map((each) => each.text).join("")).toBe(text);
    expect(all.filter((each) => each.href).map((each) => each.text)).toEqual(found);
    for (const { href } of all) if (href) expect(href).toMatch(/^https?:\/\//);
  });
});

describe("languages", () => {
  test("the first that we speak is taken", () => {
    expect(language("lt")).toBe("lt");
    expect(language(undefined, "", "tr-TR")).toBe("tr");
    expect(language("de", "fr", "RU_ru")).toBe("ru");
    expect(language("constructor", null)).toBe("en");
  });

  test("each says everything, in its own words", () => {
    for (const [code, texts] of Object.entries(TEXTS)) {
      for (const [name, text] of Object.entries(texts)) {
        const words = typeof text === "string" ? text : (text as (value: unknown) => string)(7);
        expect(words, `${code}.${name}`).not.toBe("");
      }
    }
  });

  test.each([
    [0, "Less than a minute."],
    [61, "About 2 min."],
    [599, "About 10 min."],
    [601, "About 15 min."],
    [3_601, "More than an hour."],
  ])("a wait of %i s is rounded", (seconds, words) => {
    expect(wait(TEXTS.en, seconds)).toBe(words);
  });
});
