import { describe, expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServedCategories } from "../../../../src/environments/bfcl/data/categories.ts";
import { RecordedWeb } from "../../../../src/environments/bfcl/web-search/recorded-web.ts";
import type { Web } from "../../../../src/environments/bfcl/web-search/web.ts";
import { RECORDING, said, start, TASK } from "./own-web.ts";

describe("a search", () => {
  test("is answered by Python's writing of a list, cut to max_results", async () => {
    expect(await said(start(), "[search_engine_query('tower', max_results=2)]")).toBe(
      "[{'title': 'Tower 1', 'href': 'https://a.test/1', 'body': \"It's 1 m.\"}, {'title': 'Tower 2', 'href': 'https://a.test/2', 'body': \"It's 2 m.\"}]",
    );
    expect(await said(start(), "[search_engine_query(keywords='tower', max_results=-2)]")).toContain("'Tower 1'");
  });

  test("has no excerpts where the category has none, and fails as the official one where a result lacks its own", async () => {
    const bare = start({}, { ...TASK, show_snippet: false });
    expect(await said(bare, "[search_engine_query('tower', region='de-de')]")).toBe(
      "[{'title': 'Turm', 'href': 'https://a.test/turm'}]",
    );
    expect(await said(start(), "[search_engine_query('tower', region='de-de')]")).toBe(
      "Error during execution: 'snippet'",
    );
  });

  test("without results or without an answer is an error that the model reads", async () => {
    expect(await said(start(), "[search_engine_query('nothing')]")).toBe(
      '{"error": "Failed to retrieve the search results from server. Please try again later."}',
    );
    expect(await said(start(), "[search_engine_query('unknown')]")).toBe(
      '{"error": "this search is not in the recording"}',
    );
    expect(await said(start(), "[search_engine_query(query='tower')]")).toBe(
      "Error during execution: WebSearchAPI.search_engine_query() got an unexpected keyword argument 'query'",
    );
  });
});

describe("a page", () => {
  const URL = "https://a.test/1";

  test("comes raw, as its visible text, or as Markdown", async () => {
    const content = async (mode: string) =>
      (JSON.parse(await said(start(), `[fetch_url_content(url='${URL}', mode='${mode}')]`)) as { content: string })
        .content;
    expect(await content("raw")).toBe(RECORDING.pages[URL]);
    expect(await content("truncate")).toBe("Ulm\nThe  tower\nIt is\n161\nm tall, see\nhere\n.\none\ntwo");
    expect(await content("markdown")).toBe(
      "# The tower\n\nIt is **161** m tall, see [here](/2).\n\n  * one\n  * two\n\n",
    );
  });

  test("that is not there, or is none, is said as the official tool says it", async () => {
    const episode = start();
    expect(await said(episode, "[fetch_url_content('https://a.test/9')]")).toBe(
      '{"error": "An error occurred while fetching https://a.test/9: 404 Client Error: Not Found for url: https://a.test/9"}',
    );
    expect(await said(episode, "[fetch_url_content('ftp://a.test')]")).toBe(
      "Error during execution: Invalid URL: ftp://a.test",
    );
    expect(await said(episode, "[fetch_url_content(5)]")).toBe(
      "Error during execution: 'int' object has no attribute 'startswith'",
    );
    expect(await said(episode, `[fetch_url_content('${URL}', 'pdf')]`)).toBe(
      `{"error": "An error occurred while fetching ${URL}: Unsupported mode: pdf"}`,
    );
  });
});

describe("an episode", () => {
  test("is judged by its last message", async () => {
    const episode = start();
    await said(episode, "[search_engine_query('tower'), fetch_url_content('https://a.test/1')]");
    const last = await episode.step({ role: "assistant", content: "{'answer': '161 m', 'context': ''}" });
    expect([last.reward, last.end_reason]).toEqual([1, "completed"]);
    expect(start().state[0]?.content).toContain("{'answer': a short and exact answer");
  });

  test("sees one web: what came once is not asked for again, what failed is", async () => {
    const asked: string[] = [];
    const web: Web = {
      search: async (keywords) => {
        asked.push(keywords);
        return asked.length === 1
          ? { kind: "error", message: "down" }
          : { kind: "text", text: JSON.stringify(RECORDING.searches["wt-wt tower"]) };
      },
      page: async () => ({ kind: "error", message: "down" }),
    };
    const episode = start({}, TASK, web);
    const call = "[search_engine_query('tower', 1)]";
    expect(await said(episode, call)).toBe('{"error": "down"}');
    const found = await said(episode, call);
    expect(found).toContain("Tower 1");
    expect(await said(episode, call)).toBe(found);
    expect(asked).toEqual(["tower", "tower"]);
  });
});

test("the categories are served where a web is configured, and say what is missing elsewhere", () => {
  expect(new ServedCategories(new Set(["search"])).select("web_search")).toEqual([
    "web_search_base",
    "web_search_no_snippet",
  ]);
  expect(() => new ServedCategories(new Set()).select("web_search")).toThrow("set SERPAPI_API_KEY");
});

test("a file that is no recording is refused with what one is", () => {
  const path = join(mkdtempSync(join(tmpdir(), "stepwell-web-")), "web.json");
  writeFileSync(path, '{"search": {}}');
  expect(() => RecordedWeb.fromFile(path)).toThrow("no recording");
  writeFileSync(path, JSON.stringify(RECORDING));
  expect(RecordedWeb.fromFile(path)).toBeInstanceOf(RecordedWeb);
});
