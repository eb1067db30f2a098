import { floatRepr } from "../../bfcl/python/number-text.ts";
import type { Product } from "../catalogue/product.ts";
import { backToSearch, buttonForm, centredPage, PRIMARY, row, shopPage } from "./frame.ts";
import { escapeHtml } from "./html.ts";
import { formTo, type LinkArgument, linkTo, type Options, reprOptions, tojson } from "./links.ts";
import { BLANK, block, control, line, misclosed, type PageNode, single, spaced } from "./tree.ts";

/** The pages below an item, by the name that the original's links have. */
export const SUB_PAGES = ["Description", "Features", "Reviews", "Attributes"] as const;
export type SubPage = (typeof SUB_PAGES)[number];

/** Where a product page was come to from. */
export interface Trail {
  readonly sessionId: string;
  readonly instruction: string;
  readonly keywords: readonly string[];
  readonly page: number;
  readonly options: Options;
}

export function searchPage(sessionId: string, instruction: string): PageNode[] {
  const input = single(
    "input",
    'id="search_input" class="form-control" type="text" name="search_query" placeholder="Search..." required/',
  );
  const icon = line("i", 'class="glyphicon glyphicon-search" aria-hidden="true"');
  const button = control("button", line("button", 'class="btn btn-success" type="submit"', icon, "Search"));
  return centredPage(
    block("div", 'id="logo" class="text-center"', line("h2", "", "WebShop")),
    block(
      "div",
      'id="instruction-text" class="text-center"',
      line("h4", "", "Instruction: ", single("br", ""), instruction),
    ),
    block(
      "form",
      () => `role="form" id="form-buscar" ${formTo(["session_id", sessionId])()}`,
      block(
        "div",
        'class="form-group"',
        block("div", 'class="input-group"', input, block("span", 'class="input-group-btn"', button)),
      ),
    ),
  );
}

export function resultsPage(trail: Omit<Trail, "options">, products: readonly Product[], total: number): PageNode[] {
  const { sessionId, keywords, page } = trail;
  const to = (to: number): LinkArgument[] => [
    ["session_id", sessionId],
    ["keywords", keywords],
    ["page", String(to)],
  ];
  const column = (...children: readonly PageNode[]) => block("div", 'class="col-sm-2"', ...children);
  const next = column(buttonForm("Next >", PRIMARY, ...to(page + 1)));
  const previous = column(...(page > 1 ? [buttonForm("< Prev", PRIMARY, ...to(page - 1))] : []));
  return shopPage(trail.instruction, [
    backToSearch(sessionId),
    row(
      block(
        "div",
        'class="col-sm-8"',
        block("div", 'class="display-4"', line("h3", "", `Page ${page} (Total results: ${total})`)),
        BLANK,
        { deeper: [previous, next] },
        BLANK,
      ),
    ),
    { blank: 0 },
    row(BLANK, ...products.flatMap((product) => [resultNode(trail, product), BLANK])),
  ]);
}

function resultNode({ sessionId, keywords, page }: Omit<Trail, "options">, product: Product): PageNode {
  const href = () =>
    linkTo(
      ["session_id", sessionId],
      ["asin", product.asin],
      ["keywords", keywords],
      ["page", String(page)],
      ["options", "{}"],
    );
  const link = line("a", () => `class="product-link" href="${escapeHtml(href())}"`, product.asin);
  const heading = 'class="mt-0 font-weight-bold mb-2';
  const priceRow = 'class="d-flex align-items-center justify-content-between mt-1"';
  const body = block(
    "div",
    'class="media-body order-2 order-lg-1 searched-product"',
    BLANK,
    misclosed("h4", `${heading} product-asin"`, "h5", control("product", link)),
    misclosed("h4", `${heading} product-title"`, "h5", product.title),
    block("div", priceRow, misclosed("h5", 'class="font-weight-bold my-2 product-price"', "h6", product.priceTag)),
    { raw: () => hiddenDetails(product) },
  );
  const media = block("div", 'class="media align-items-lg-center flex-column flex-lg-row p-3"', body);
  return block(
    "div",
    'class="col-lg-12 mx-auto list-group-item"',
    block(
      "div",
      'class="col-lg-4"',
      single("img", () => `src="${escapeHtml(product.image)}" class="result-img"`),
    ),
    block("div", 'class="col-lg-8"', block("ul", 'class="list-group shadow"', { deeper: [media] })),
  );
}

/** A comment in the original's page: html mode shows it, no text mode does. */
function hiddenDetails({ category, query, productCategory }: Product): string {
  const details = [
    ["category", category],
    ["query", query],
    ["product_category", productCategory],
  ] as const;
  const rows = details.map(
    ([name, value]) =>
      `${" ".repeat(20)}<div class="d-flex align-items-center justify-content-between mt-1">\n` +
      `${" ".repeat(22)}<h5 class="font-weight-bold my-2 product-${name}">${escapeHtml(value)}</h5>\n` +
      `${" ".repeat(20)}</div>\n`,
  );
  return `<!--\n${rows.join("")}-->\n`;
}

/** The links of a product page: session, asin, how it was come to, and what is to be shown. */
function itemLink(trail: Trail, asin: string, options: () => string, sub: SubPage | null = null): LinkArgument[] {
  return [
    ["session_id", trail.sessionId],
    ["asin", asin],
    ["keywords", trail.keywords],
    ["page", String(trail.page)],
    ...(sub === null ? [] : [["sub_page", sub] as const]),
    ["options", options()],
  ];
}

export function itemPage(trail: Trail, product: Product, showAttributes: boolean): PageNode[] {
  const { sessionId, keywords, page, options } = trail;
  const chosen = () => reprOptions(options);
  const previous = row(
    buttonForm("< Prev", PRIMARY, ["session_id", sessionId], ["keywords", keywords], ["page", String(page)]),
  );
  const image = single("img", () => `id="product-image" src="${escapeHtml(product.image)}" class="item-page-img"`);
  const sub = (name: string, which: SubPage) =>
    block(
      "div",
      `class="col-sm-3" name="${name}"`,
      block(
        "form",
        () => formTo(...itemLink(trail, product.asin, chosen, which))(),
        control("button", line("button", 'class="btn btn-primary" type="submit"', which)),
      ),
    );
  const buy = block(
    "form",
    () => formTo(["session_id", sessionId], ["asin", product.asin], ["options", chosen()])(),
    control("button", line("button", 'type="submit" class="btn btn-lg purchase"', "Buy Now")),
  );
  const groups = Array.from(product.options, ([name, values]) => optionGroup(trail, product, name, values));
  const content = row(
    block(
      "div",
      'class="col-md-4 mb-4 mb-md-0"',
      row(image),
      BLANK,
      ...groups.flatMap((group) => [{ deeper: [group] }, BLANK]),
    ),
    block(
      "div",
      'class="col-md-6"',
      line("h2", "", product.title),
      line("h4", "", `Price: ${product.priceTag}`),
      line("h4", "", "Rating: N.A."),
      row(
        sub("description", "Description"),
        sub("bulletpoints", "Features"),
        sub("reviews", "Reviews"),
        BLANK,
        ...(showAttributes ? [sub("attributes", "Attributes"), BLANK] : []),
      ),
    ),
    block("div", 'class="col-sm-2"', row(buy)),
  );
  return shopPage(
    trail.instruction,
    [backToSearch(sessionId), previous, content],
    [{ raw: () => optionScript(options, product) }],
  );
}

function optionGroup(trail: Trail, product: Product, name: string, values: readonly string[]): PageNode {
  const radios = values.flatMap((value, at): PageNode[] => {
    const id = () => `radio_${escapeHtml(name)}${at}`;
    const url = () =>
      linkTo(...itemLink(trail, product.asin, () => reprOptions(new Map(trail.options).set(name, value))));
    const attributes = () =>
      `type="radio" id="${id()}" name="${escapeHtml(name)}" value="${escapeHtml(value)}" data-url="${escapeHtml(url())}"`;
    const input = single("input", attributes, { kind: "option", name, value });
    return [{ deeper: [BLANK, BLANK, BLANK, input, line("label", () => `for="${id()}"`, value)] }, BLANK];
  });
  return row(line("h4", "", name), block("div", 'class="radio-toolbar"', BLANK, ...radios));
}

/** The script of an item page: html mode shows it, no text mode does. */
function optionScript(options: Options, product: Product): string {
  return `  <script>
    $(document).ready(function() {
      $('input:radio').each(function() {
        //console.log($(this).val());
        let options = JSON.parse(\`${tojson(options)}\`);
        let optionValues = $.map(options, function(value, key) { return value });
        //console.log(optionValues);
        if (optionValues.includes($(this).val())) {
          $(this).prop('checked', true);

          let option_to_image = JSON.parse(\`${tojson(product.optionImages)}\`);
//          console.log($(this).val());
//          console.log(options);
//          console.log(option_to_image);
          let image_url = option_to_image[$(this).val()];

          //console.log(image_url);
          if (image_url) {
            $("#product-image").attr("src", image_url);
          }
        }
        
        // reload with updated options
        this.addEventListener("click", function() {
          window.location.href = this.dataset.url;
        });

      });
    });
  </script>
`;
}

export function subPage(trail: Trail, product: Product, which: SubPage): PageNode[] {
  const previous = row(
    block(
      "form",
      () => formTo(...itemLink(trail, product.asin, () => reprOptions(trail.options)))(),
      control("button", line("button", PRIMARY, "< Prev")),
    ),
  );
  const content = row(block("div", 'class="col-md-12"', row(...subContent(product, which))));
  return shopPage(trail.instruction, [backToSearch(trail.sessionId), previous, content]);
}

function subContent(product: Product, which: SubPage): PageNode[] {
  const card = (name: string, ...children: readonly PageNode[]) =>
    block("div", `class="col-sm-6" name="${name}"`, block("div", 'class="card card-body"', ...children));
  const list = (className: string, texts: readonly string[]) =>
    block(
      "ul",
      "",
      BLANK,
      ...texts.flatMap((text) => [line("li", "", line("p", `class="${className}"`, ` ${text}`)), BLANK]),
    );
  switch (which) {
    case "Description":
      return [card("description", line("p", 'class="product-info"', product.description))];
    case "Features":
      return [card("bulletpoints", list("product-info", product.bullets))];
    case "Reviews":
      // The original's review data are not loaded: the list is empty.
      return [card("reviews", BLANK)];
    case "Attributes": {
      const detail = (name: string, value: string) =>
        block(
          "div",
          'class="d-flex align-items-center justify-content-between mt-1"',
          line("h5", `class="font-weight-bold my-2 product-${name}"`, value),
        );
      return [
        card("description", list("attribute", product.attributes)),
        block(
          "div",
          'class="col-sm-6" name="description"',
          detail("category", product.category),
          detail("query", product.query),
          detail("product_category", product.productCategory),
        ),
      ];
    }
  }
}

/** The page after the purchase. Most of its fields are empty because the original fills none but these. */
export function donePage(asin: string, options: Options, reward: number): PageNode[] {
  const pre = (content: PageNode) => line("pre", "", content);
  const field = (id: string, label: string, content: PageNode, close = "h4") =>
    misclosed("h4", `id="${id}"`, close, label, pre(content));
  const rule = single("hr", 'class="solid"');
  const hidden = block(
    "div",
    'style="display:none"',
    line("h2", 'align="left"', "Purchased"),
    rule,
    field("asin", "asin", asin, "p"),
    field("options", "options", { verbatim: tojson(options) }),
    field("purchased_attrs", "attrs", "None"),
    field("purchased-category", "category", "None"),
    field("purchased-query", "query", "None"),
    field("purchased-pc", "product category", "None"),
    line("h2", 'align="left"', "Target"),
    rule,
    field("goal-asin", "asin", "", "p"),
    field("goal-options", "options", ""),
    field("goal-attrs", "attrs", ""),
    field("goal-price", "price upper", ""),
    field("goal-instruction-text", "instuction text", ""),
    field("goal-category", "category", ""),
    field("goal-pc", "product category", ""),
    field("goal-query", "query", ""),
    line("h4", "", "Goal ", line("div", 'id="goal"', pre("None"))),
    line("h2", 'align="left"', "Reward"),
  );
  return centredPage(
    block("div", 'id="thankyou" class="text-center"', line("h1", "", "Thank you for shopping with us!")),
    block(
      "div",
      'id="stats" class="text-center"',
      line("h3", 'align="mturk_code"', "Your code: "),
      line("p", "", pre("None"), " (Paste it in your MTurk interface.)"),
      hidden,
      rule,
      // The original's line begins with spaces and tabs, and has three spaces in the tag.
      spaced(
        { before: "      \t\t\t" },
        line("h3", '  id="reward"', "Your score (min 0.0, max 1.0)", pre(floatRepr(reward))),
      ),
      line("h4", "hidden", "Reward Details ", line("div", 'id="reward_info"', pre("None"))),
    ),
  );
}
