import { readFileSync } from "node:fs";
import { z } from "zod";
import { failed, type Web, type WebOutcome } from "./web.ts";

const schema = z.strictObject({
  /** The answer of SerpAPI by "region keywords". */
  searches: z.record(z.string(), z.json()),
  /** The text of a page by its address. */
  pages: z.record(z.string(), z.string()),
});

/** A web that was written down: the same on every run, and without a network. */
export class RecordedWeb implements Web {
  readonly #recording: z.infer<typeof schema>;

  constructor(recording: unknown) {
    this.#recording = schema.parse(recording);
  }

  /** Throws an Error that says what is wrong with the file. */
  static fromFile(path: string): RecordedWeb {
    try {
      return new RecordedWeb(JSON.parse(readFileSync(path, "utf8")));
    } catch (error) {
      const why = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
      throw new Error(
        `STEPWELL_BFCL_WEB_RECORDING is ${path}, which is no recording {"searches": {"wt-wt KEYWORDS": answer}, "pages": {URL: text}}: ${why}`,
      );
    }
  }

  async search(keywords: string, region: string): Promise<WebOutcome> {
    const { searches } = this.#recording;
    const key = `${region} ${keywords}`;
    if (!Object.hasOwn(searches, key)) return failed("this search is not in the recording");
    return { kind: "text", text: JSON.stringify(searches[key]) };
  }

  async page(url: string): Promise<WebOutcome> {
    const { pages } = this.#recording;
    const text = Object.hasOwn(pages, url) ? pages[url] : undefined;
    return text === undefined ? failed(`404 Client Error: Not Found for url: ${url}`) : { kind: "text", text };
  }
}
