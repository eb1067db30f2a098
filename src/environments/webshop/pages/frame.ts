import { formTo, type LinkArgument } from "./links.ts";
import { block, control, line, type PageElement, type PageNode, type Raw, single, spaced } from "./tree.ts";

const BOOTSTRAP = "https://maxcdn.bootstrapcdn.com/bootstrap/3.4.1/css/bootstrap.min.css";
const FONTS = "https://cdnjs.cloudflare.com/ajax/libs/font-awesome";

const DOCTYPE: Raw = { raw: "<!DOCTYPE html>\n" };
const NOTE: Raw = { raw: "    <!-- Code reference: https://bootsnipp.com/snippets/m13mN -->\n" };

function stylesheet(href: string): PageElement {
  return single("link", `rel="stylesheet" href="${href}"`);
}

const ICON = single("link", 'rel="icon" href="data:,"');

const PLAIN_HEAD = block(
  "head",
  "",
  stylesheet("/static/style.css"),
  stylesheet(`${FONTS}/4.7.0/css/font-awesome.min.css`),
  stylesheet(BOOTSTRAP),
  ICON,
);

const SCRIPTED_HEAD = block(
  "head",
  "",
  stylesheet("/static/style.css"),
  stylesheet(BOOTSTRAP),
  // The tab is in the original's link.
  stylesheet(`${FONTS}/4.0.3/css/font-awesome.css\t`),
  line("script", 'src="https://ajax.googleapis.com/ajax/libs/jquery/3.5.1/jquery.min.js"'),
  line("script", 'src="https://stackpath.bootstrapcdn.com/bootstrap/4.3.1/js/bootstrap.bundle.min.js"'),
  ICON,
);

/** The centred column of the search page and the page at the end. */
export function centredPage(...row: readonly PageNode[]): PageNode[] {
  const rows = spaced({ afterClose: " ".repeat(12) }, block("div", 'class="row"', ...row));
  const column = spaced({ afterOpen: " ".repeat(5) }, block("div", 'class="col-md-6 col-md-offset-3"', rows));
  const container = block("div", 'class="container" style="margin-top: 8%;"', column);
  return [DOCTYPE, block("html", "", PLAIN_HEAD, block("body", "", NOTE, container))];
}

/** A shop page: the instruction, then rows. `after` follows the body. */
export function shopPage(instruction: string, rows: readonly PageNode[], after: readonly PageNode[] = []): PageNode[] {
  const shown = row(
    block(
      "div",
      'class="col-sm-6"',
      block(
        "div",
        'id="instruction-text" class="text-center"',
        line("h4", "", "Instruction:", single("br", ""), instruction),
      ),
    ),
  );
  const container = block("div", 'class="container py-5"', shown, ...rows);
  return [DOCTYPE, block("html", "", SCRIPTED_HEAD, block("body", "", container), ...after)];
}

export function row(...children: readonly PageNode[]): PageElement {
  return block("div", 'class="row top-buffer"', ...children);
}

/** A form whose only control is a button. */
export function buttonForm(label: string, attributes: string, ...link: readonly LinkArgument[]): PageElement {
  return block("form", formTo(...link), control("button", line("button", attributes, label)));
}

export function backToSearch(sessionId: string): PageElement {
  return row(buttonForm("Back to Search", 'type="submit" class="btn btn-success"', ["session_id", sessionId]));
}

export const PRIMARY = 'type="submit" class="btn btn-primary"';
