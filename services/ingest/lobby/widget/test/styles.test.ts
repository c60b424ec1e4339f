import { describe, expect, test } from "vitest";

import { STYLES } from "../src/styles.js";

const [light = "", dark = ""] = [...STYLES.matchAll(/:host \{([^}]*)\}/g)].map((each) => each[1]);

function colour(block: string, name: string): number[] {
  const found = new RegExp(`--${name}: #([0-9a-f]{6});`).exec(block)?.[1];
  if (found === undefined) throw new Error(`no --${name}`);
  return [0, 2, 4].map((at) => parseInt(found.slice(at, at + 2), 16) / 255);
}

/** WCAG 2: relative luminance. */
function luminance(rgb: number[]): number {
  const [r = 0, g = 0, b = 0] = rgb.map((part) =>
    part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(block: string, one: string, other: string): number {
  const [darker = 0, lighter = 0] = [one, other]
    .map((name) => luminance(colour(block, name)))
    .sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

describe.each([
  ["light", light],
  ["dark", dark],
])("in %s", (_, block) => {
  test.each([
    ["text", "face"],
    ["text", "theirs"],
    ["quiet", "face"],
    ["on-accent", "accent"],
    ["bad", "face"],
  ])("%s can be read on %s", (text, ground) => {
    expect(contrast(block, text, ground)).toBeGreaterThanOrEqual(4.5);
  });

  test.each([
    ["line", "face"],
    ["focus", "face"],
    ["accent", "face"],
  ])("%s can be told from %s", (edge, ground) => {
    expect(contrast(block, edge, ground)).toBeGreaterThanOrEqual(3);
  });
});
