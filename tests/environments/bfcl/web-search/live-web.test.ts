import { afterAll, describe, expect, test } from "bun:test";
import { LiveWeb } from "../../../../src/environments/bfcl/web-search/live-web.ts";

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    switch (pathname) {
      case "/search":
        return searchParams.get("q") === "broken"
          ? new Response("not json")
          : Response.json({ organic_results: [], asked: Object.fromEntries(searchParams) });
      case "/latin":
        return new Response(new Uint8Array([0x63, 0x61, 0x66, 0xe9]), { headers: { "content-type": "text/html" } });
      case "/utf8":
        return new Response("café", { headers: { "content-type": "text/html; charset=UTF-8" } });
      case "/moved":
        return new Response(null, { status: 302, headers: { location: "/utf8" } });
      case "/loop":
        return new Response(null, { status: 302, headers: { location: "/loop" } });
      case "/large":
        return new Response(new Uint8Array(5 * 2 ** 20), { headers: { "content-type": "text/plain" } });
      default:
        return new Response("", { status: 404, statusText: "Not Found" });
    }
  },
});
afterAll(() => server.stop(true));

const at = (path: string) => `http://127.0.0.1:${server.port}${path}`;
const web = new LiveWeb({ apiKey: "secret", allowPrivate: true, searchUrl: at("/search") });

describe("the web itself", () => {
  test("is searched as the official tool searches", async () => {
    const outcome = await web.search("two words", "de-de");
    const { asked } = JSON.parse(outcome.kind === "text" ? outcome.text : "{}");
    expect(asked).toEqual({ engine: "duckduckgo", q: "two words", kl: "de-de", output: "json", api_key: "secret" });
    expect(await web.search("broken", "wt-wt")).toEqual({ kind: "text", text: "not json" });
  });

  test("does not tell the key when a search fails", async () => {
    const nowhere = new LiveWeb({ apiKey: "secret", searchUrl: "http://127.0.0.1:1/search" });
    const outcome = await nowhere.search("a", "wt-wt");
    expect(outcome.kind).toBe("error");
    expect(JSON.stringify(outcome)).not.toContain("secret");
  });

  test("has pages in their own charset, behind redirects, and errors in the words of requests", async () => {
    expect(await web.page(at("/latin"))).toEqual({ kind: "text", text: "café" });
    expect(await web.page(at("/utf8"))).toEqual({ kind: "text", text: "café" });
    expect(await web.page(at("/moved"))).toEqual({ kind: "text", text: "café" });
    const message = async (path: string) => {
      const outcome = await web.page(at(path));
      return outcome.kind === "error" ? outcome.message : "";
    };
    expect(await message("/none")).toBe(`404 Client Error: Not Found for url: ${at("/none")}`);
    expect(await message("/loop")).toBe("Exceeded 30 redirects.");
    expect(await message("/large")).toContain("more than 4194304 bytes");
  });

  test("ends where this machine and its neighbours begin", async () => {
    const careful = new LiveWeb({ apiKey: "secret" });
    for (const url of [
      at("/utf8"),
      "http://localhost/",
      "http://169.254.169.254/x",
      "http://[::1]/",
      "http://10.0.0.1",
    ]) {
      const outcome = await careful.page(url);
      expect(outcome.kind === "error" ? outcome.message : url).toContain("is not on the public net");
    }
    expect((await careful.page("http://")).kind).toBe("error");
  });
});
