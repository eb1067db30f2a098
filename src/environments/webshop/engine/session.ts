import type { Product } from "../catalogue/product.ts";
import type { Goal } from "../goals/goals.ts";
import { toHtml } from "../pages/html.ts";
import { jsonOptions, reprOptions } from "../pages/links.ts";
import {
  donePage,
  itemPage,
  resultsPage,
  SUB_PAGES,
  type SubPage,
  searchPage,
  subPage,
  type Trail,
} from "../pages/pages.ts";
import { clickables, toRichText, toText } from "../pages/text.ts";
import type { Control, PageNode } from "../pages/tree.ts";
import { type RewardInfo, rewardOf } from "../reward/reward.ts";
import { parseAction } from "./action.ts";
import { findProducts, PAGE_SIZE, type Sample, type Shop, ShopCrash } from "./shop.ts";

export type ObservationMode = "text" | "text_rich" | "html" | "url";

const BASE_URL = "http://127.0.0.1:3000";
/** The order in which the original looks for the page that an url is of: as a part of it, wherever that stands. */
const PAGE_NAMES = ["search_results", "item_page", "item_sub_page", "done"] as const;

/** What is shown now. Products are numbers, so that an instance holds none of their text. */
type View =
  | { readonly page: "search" }
  | { readonly page: "results"; readonly products: readonly number[]; readonly total: number }
  | { readonly page: "item" }
  | { readonly page: "sub"; readonly which: SubPage }
  | { readonly page: "done"; readonly reward: number };

export interface SessionOptions {
  readonly sessionId: string;
  readonly goal: Goal;
  readonly goalNouns: readonly string[];
  /** The price at which the shop sells a product. */
  readonly priceOf: (product: number) => number;
  readonly showAttributes: boolean;
  readonly sample: Sample;
}

export interface ActionResult {
  readonly reward: number;
  readonly done: boolean;
  /** Whether the action did anything. */
  readonly acted: boolean;
}

/** What can be clicked on product pages, as long as the product is kept. */
const itemClickables = {
  plain: new WeakMap<Product, ReadonlyMap<string, Control>>(),
  withAttributes: new WeakMap<Product, ReadonlyMap<string, Control>>(),
};

const NOTHING: ActionResult = { reward: 0, done: false, acted: false };

/** One customer in the shop: the original's server and browser for one session id. */
export class Session {
  readonly #shop: Shop;
  readonly #setup: SessionOptions;
  #view: View = { page: "search" };
  #url: string;
  #keywords: readonly string[] = [];
  #page = 1;
  #product: number | null = null;
  #seen = new Set<string>();
  #options = new Map<string, string>();
  #purchase: { reward: number; info: RewardInfo; product: number } | null = null;
  /** The page that is shown and what can be clicked on it, made when they are asked for. */
  #nodes: readonly PageNode[] | null = null;
  #clickables: ReadonlyMap<string, Control> | null = null;

  constructor(shop: Shop, setup: SessionOptions) {
    this.#shop = shop;
    this.#setup = setup;
    this.#url = `${BASE_URL}/${setup.sessionId}`;
  }

  get url(): string {
    return this.#url;
  }

  get goal(): Goal {
    return this.#setup.goal;
  }

  get pageName(): View["page"] {
    return this.#view.page;
  }

  /** The product that is looked at, or null. */
  get product(): number | null {
    return this.#product;
  }

  get options(): ReadonlyMap<string, string> {
    return this.#options;
  }

  /** The last purchase, with the parts of its reward. */
  get purchase(): Readonly<{ reward: number; info: RewardInfo; product: number }> | null {
    return this.#purchase;
  }

  get hasSearchBar(): boolean {
    return this.#view.page === "search";
  }

  get clickables(): ReadonlyMap<string, Control> {
    this.#clickables ??= this.#findClickables();
    return this.#clickables;
  }

  /** Lets go of the page, which can be made again: an instance waits most of its time. */
  rest(): void {
    this.#nodes = null;
  }

  /** The page as an observation mode shows it. */
  observe(mode: ObservationMode): string {
    switch (mode) {
      case "text":
        return toText(this.#shown);
      case "text_rich":
        return toRichText(this.#shown, this.#url, this.#seen);
      case "html":
        return toHtml(this.#shown);
      case "url":
        return this.#url;
    }
  }

  /** Starts over on the search page, as another reset of the same session does. */
  reset(): void {
    this.#backToSearch();
  }

  /** Runs an action as the original parses it. Throws ShopCrash where the original raises; the page then stays. */
  act(action: string): ActionResult {
    const { name, argument } = parseAction(action);
    return argument === null ? NOTHING : this.perform(name, argument);
  }

  /** Runs an action by its parts, which reaches options whose name the original cannot parse. */
  perform(name: string, argument: string): ActionResult {
    const target = argument.toLowerCase();
    if (name === "search" && target !== "") {
      this.#search(target.split(" "), 1);
      return { reward: 0, done: false, acted: true };
    }
    const control = name === "click" && target !== "search" ? this.clickables.get(target) : undefined;
    return control === undefined ? NOTHING : this.#click(target, control);
  }

  #click(target: string, control: Control): ActionResult {
    const result = this.#follow(target, control);
    this.#leave();
    return result;
  }

  /** The tests come in the original's order, which is why an option named "features" cannot be chosen. */
  #follow(target: string, control: Control): ActionResult {
    const here = target === "next >" || target === "< prev" ? this.#pageOfUrl() : null;
    if (target === "buy now") return this.#buy();
    if (target === "back to search") this.#backToSearch();
    else if (target === "next >" && here === "search_results") this.#search(this.#keywords, this.#page + 1);
    else if (target === "< prev" && here === "search_results") this.#search(this.#keywords, this.#page - 1);
    else if (target === "< prev" && here === "item_sub_page") this.#item(target, control);
    else if (target === "< prev" && here === "item_page") this.#search(this.#keywords, this.#page);
    else {
      const which = SUB_PAGES.find((name) => name.toLowerCase() === target);
      if (which === undefined) this.#item(target, control);
      else this.#sub(which);
    }
    return { reward: 0, done: false, acted: true };
  }

  #backToSearch(): void {
    this.#view = { page: "search" };
    this.#url = `${BASE_URL}/${this.#setup.sessionId}`;
    this.#keywords = [];
    this.#page = 1;
    this.#product = null;
    this.#seen = new Set();
    this.#options = new Map();
    this.#leave();
  }

  #search(keywords: readonly string[], page: number): void {
    const found = findProducts(this.#shop, keywords, this.#setup.sample);
    this.#keywords = keywords;
    this.#page = page;
    this.#product = null;
    this.#options = new Map();
    // Page 0 and below exist by the way of "page_name in the query": a slice from before the start counts from the end, here as in Python.
    const products = found.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE);
    this.#view = { page: "results", products, total: found.length };
    this.#url = `${BASE_URL}/search_results/${this.#setup.sessionId}/${keywords.join("+")}/${page}`;
    this.#leave();
  }

  #item(target: string, control: Control): void {
    if (control.kind === "product") {
      const asin = target.toUpperCase();
      const product = this.#shop.store.find(asin);
      if (product === undefined) throw new ShopCrash("KeyError", asin);
      this.#product = product;
      this.#seen.add(asin);
    } else if (control.kind === "option") {
      this.#options.set(control.name.toLowerCase(), target);
    }
    this.#view = { page: "item" };
    this.#url = `${this.#trailUrl("item_page")}/${jsonOptions(this.#options)}`;
  }

  #sub(which: SubPage): void {
    this.#view = { page: "sub", which };
    this.#url = `${this.#trailUrl("item_sub_page")}/${which}/${reprOptions(this.#options)}`;
  }

  #buy(): ActionResult {
    const { store } = this.#shop;
    const number = this.#currentProduct();
    const product = store.product(number);
    const { goal, goalNouns, priceOf, sessionId } = this.#setup;
    const purchase = { product, nouns: store.nouns(number), price: priceOf(number), options: this.#options };
    const { reward, info } = rewardOf(purchase, goal, goalNouns);
    this.#purchase = { reward, info, product: number };
    this.#view = { page: "done", reward };
    this.#url = `${BASE_URL}/done/${sessionId}/${product.asin}/${reprOptions(this.#options)}`;
    return { reward, done: true, acted: true };
  }

  #trailUrl(page: string): string {
    const { asin } = this.#shop.store.product(this.#currentProduct());
    return `${BASE_URL}/${page}/${this.#setup.sessionId}/${asin}/${this.#keywords.join("+")}/${this.#page}`;
  }

  #currentProduct(): number {
    if (this.#product === null) throw new ShopCrash("KeyError", "None");
    return this.#product;
  }

  #pageOfUrl(): (typeof PAGE_NAMES)[number] | null {
    return PAGE_NAMES.find((name) => this.#url.includes(name)) ?? null;
  }

  #leave(): void {
    this.#nodes = null;
    this.#clickables = null;
  }

  /** A product page may have hundreds of options: they are the same for all who look at it. */
  #findClickables(): ReadonlyMap<string, Control> {
    if (this.#view.page !== "item") return clickables(this.#shown);
    const kept = this.#setup.showAttributes ? itemClickables.withAttributes : itemClickables.plain;
    const product = this.#shop.store.product(this.#currentProduct());
    const known = kept.get(product) ?? clickables(this.#shown);
    kept.set(product, known);
    return known;
  }

  get #shown(): readonly PageNode[] {
    this.#nodes ??= this.#build();
    return this.#nodes;
  }

  #build(): PageNode[] {
    const { store } = this.#shop;
    const view = this.#view;
    const { sessionId, goal, showAttributes } = this.#setup;
    const { instruction } = goal;
    const trail: Trail = {
      sessionId,
      instruction,
      keywords: this.#keywords,
      page: this.#page,
      options: this.#options,
    };
    switch (view.page) {
      case "search":
        return searchPage(sessionId, instruction);
      case "results":
        return resultsPage(
          trail,
          view.products.map((product) => store.product(product)),
          view.total,
        );
      case "item":
        return itemPage(trail, store.product(this.#currentProduct()), showAttributes);
      case "sub":
        return subPage(trail, store.product(this.#currentProduct()), view.which);
      case "done":
        return donePage(store.product(this.#currentProduct()).asin, this.#options, view.reward);
    }
  }
}
