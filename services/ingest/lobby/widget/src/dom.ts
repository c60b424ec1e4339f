// Making elements. Text is only ever set as text.

type Attributes = Readonly<Record<string, string>>;

export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A picture of lines, for who sees; a button's name is said by its label. */
export function icon(path: string): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const line = document.createElementNS(space, "path");
  const look = {
    viewBox: "0 0 24 24",
    fill: "none",
    stroke: "currentColor",
    "stroke-width": "2",
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
    "aria-hidden": "true",
  };
  for (const [name, value] of Object.entries(look)) svg.setAttribute(name, value);
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/** Sets the text only where it differs: a live region must not say the same again. */
export function tell(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export const ICONS = {
  chat: "M4 5h16v11H10l-4 4v-4H4z M8 9h8 M8 12h5",
  close: "M6 6l12 12 M18 6L6 18",
  leave: "M14 4H5v16h9 M10 12h11 M17 8l4 4-4 4",
} as const;
