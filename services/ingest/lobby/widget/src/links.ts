// Addresses in a text, found and nothing else: the text stays text, and only http and https are links.

export type Piece = { readonly text: string; readonly href?: string };

const ADDRESS = /https?:\/\/[^\s<>"'`]+/gi;
const AFTER = /[.,;:!?…»”’]+$/;

/** The text in pieces; together they are the text again. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = trimmed(match[0]);
    const href = safe(address);
    if (href === null) continue;
    if (match.index > from) found.push({ text: text.slice(from, match.index) });
    found.push({ text: address, href });
    from = match.index + address.length;
  }
  if (from < text.length) found.push({ text: text.slice(from) });
  return found;
}

/** Without the sentence's own marks, and without a bracket that was opened before it. */
function trimmed(address: string): string {
  let rest = address.replace(AFTER, "");
  while (rest.endsWith(")") && count(rest, ")") > count(rest, "(")) {
    rest = rest.slice(0, -1).replace(AFTER, "");
  }
  return rest;
}

function count(text: string, sign: string): number {
  return text.split(sign).length - 1;
}

/** Null for what is no address, and for one with a user's name, which hides where it leads. */
function safe(address: string): string | null {
  try {
    const url = new URL(address);
    const web = url.protocol === "http:" || url.protocol === "https:";
    return web && url.username === "" && url.password === "" ? url.href : null;
  } catch {
    return null;
  }
}
