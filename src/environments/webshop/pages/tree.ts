/**
 * A page as a tree that renders to every observation mode. The layout of the original's HTML is part of what its html
 * mode shows, so nodes know whether they stand on lines of their own; the text modes never see that.
 */
export type PageNode = string | Verbatim | PageElement | Blank | Deeper | Raw;

export interface PageElement {
  readonly tag: string;
  /** As it stands in the HTML; a function where only the HTML needs it. */
  readonly attributes: string | (() => string);
  readonly children: readonly PageNode[];
  /** Whether children stand on lines of their own, one level deeper. */
  readonly block: boolean;
  /** The original's templates close some elements with another tag; null for an element that is never closed. */
  readonly close: string | null;
  readonly control: Control | null;
  readonly spacing?: Spacing;
}

/** Where a line of the original is laid out unlike the others. */
export interface Spacing {
  readonly before?: string;
  readonly afterOpen?: string;
  readonly afterClose?: string;
}

/** What the model can click: a button, a product's link, or an option of the group `name`. */
export type Control =
  | { readonly kind: "button" }
  | { readonly kind: "product" }
  | { readonly kind: "option"; readonly name: string; readonly value: string };

/** A line of spaces, left by a statement of the template: as deep as its place, or as many as given. */
export interface Blank {
  readonly blank: number | null;
}

/** Children one level deeper than their place. */
export interface Deeper {
  readonly deeper: readonly PageNode[];
}

/** Visible text that stands in the HTML without escapes: it has to be free of markup. */
export interface Verbatim {
  readonly verbatim: string;
}

/** HTML without visible text, as it is. */
export interface Raw {
  readonly raw: string | (() => string);
}

type Attributes = PageElement["attributes"];

export const BLANK: Blank = { blank: null };

/** An element whose children stand on lines of their own. */
export function block(tag: string, attributes: Attributes, ...children: readonly PageNode[]): PageElement {
  return { tag, attributes, children, block: true, close: tag, control: null };
}

/** An element on one line. */
export function line(tag: string, attributes: Attributes, ...children: readonly PageNode[]): PageElement {
  return { tag, attributes, children, block: false, close: tag, control: null };
}

/** An element on one line that ends with another tag than its own. */
export function misclosed(
  tag: string,
  attributes: Attributes,
  close: string,
  ...children: readonly PageNode[]
): PageElement {
  return { tag, attributes, children, block: false, close, control: null };
}

/** An element without an end. */
export function single(tag: string, attributes: Attributes, control: Control | null = null): PageElement {
  return { tag, attributes, children: [], block: false, close: null, control };
}

const PLAIN = { button: { kind: "button" }, product: { kind: "product" } } as const;

export function control(kind: "button" | "product", element: PageElement): PageElement {
  return { ...element, control: PLAIN[kind] };
}

export function spaced(spacing: Spacing, element: PageElement): PageElement {
  return { ...element, spacing };
}
