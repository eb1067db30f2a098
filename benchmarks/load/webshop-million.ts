import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildCatalogue, openCatalogue } from "../../src/environments/webshop/catalogue/kept-catalogue.ts";
import { searchText } from "../../src/environments/webshop/catalogue/product.ts";
import { findFiles, readProducts } from "../../src/environments/webshop/catalogue/read-files.ts";
import { SEARCH_LIMIT } from "../../src/environments/webshop/engine/shop.ts";
import { multiply } from "./webshop-multiply.ts";

/**
 * A catalogue of many products whose terms are spread like those of a real one: how long it takes to build, what it takes
 * on disk and in memory, and how long searches and product pages take.
 * `bun benchmarks/load/webshop-million.ts FOLDER [products]`, FOLDER with the original's files of, say, 1,000 products.
 *
 * Two processes, so that the memory of serving is not that of building; the nouns of names are not found here.
 */
const [folder, countText = "1000000", built] = process.argv.slice(2);
if (folder === undefined) {
  console.error("usage: webshop-million.ts FOLDER [products]");
  process.exit(2);
}
const count = Number(countText);
/** Searches of each kind, and products that are shown. */
const QUERIES = 2000;

if (built === undefined) await build(folder);
else await serve(built);

async function build(from: string): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), "stepwell-million-"));
  try {
    const seed = await Array.fromAsync(readProducts(await findFiles(from)));
    const to = join(home, "catalogue");
    const started = performance.now();
    await buildCatalogue(to, multiply(seed, count), {
      nouns: {
        name: "none",
        tag: async (products) => products.map(({ title }) => title.toLowerCase().split(" ").slice(0, 4)),
      },
      source: `${count} products from ${seed.length}`,
      progress: (line) => process.stderr.write(`\r${line}   `),
    });
    const seconds = (performance.now() - started) / 1000;
    const size = async (name: string) => Math.round((await stat(join(to, name))).size / 2 ** 20);
    console.log(
      JSON.stringify({
        products: count,
        build_s: Math.round(seconds),
        build_peak_mib: await memory("VmHWM"),
        products_mib: await size("products.jsonl"),
        index_mib: await size("index.bin"),
        columns_mib: await size("columns.bin"),
      }),
    );
    const child = Bun.spawn([process.execPath, import.meta.path, from, countText, to], {
      stdout: "inherit",
      stderr: "inherit",
    });
    process.exitCode = await child.exited;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function serve(catalogue: string): Promise<void> {
  const opening = performance.now();
  const { shop } = await openCatalogue(catalogue);
  const open_ms = Math.round(performance.now() - opening);
  const { store, index } = shop;
  const opened_mib = await memory("VmRSS");
  const kinds: Record<string, (number: number) => string> = {
    // What a model makes of an instruction: the kind of thing and what matters about it.
    wants: (number) => {
      const { query, attributes, options } = store.product(number);
      const values = [...options.values()].flatMap((each) => each.slice(0, 1));
      return [...attributes.slice(0, 2), query, ...values.slice(0, 1)].join(" ");
    },
    titles: (number) => store.product(number).title,
    words: (number) => searchText(store.product(number)).split(" ").slice(0, 4).join(" "),
  };
  const searches = Object.entries(kinds).map(([kind, queryOf]) => {
    const times: number[] = [];
    for (let at = 0; at < QUERIES; at++) {
      const query = queryOf((at * 7919) % store.count);
      const from = performance.now();
      index.search(query, SEARCH_LIMIT);
      times.push(performance.now() - from);
    }
    return { kind, ...percentiles(times) };
  });
  const pages: number[] = [];
  for (let at = 0; at < QUERIES; at++) {
    const from = performance.now();
    store.product((at * 104_729) % store.count);
    pages.push(performance.now() - from);
  }
  console.log(
    JSON.stringify({ open_ms, opened_mib, searched_mib: await memory("VmRSS"), product: percentiles(pages) }),
  );
  for (const each of searches) console.log(JSON.stringify(each));
}

function percentiles(times: number[]) {
  times.sort((a, b) => a - b);
  const at = (share: number) => Math.round((times[Math.floor(share * (times.length - 1))] ?? 0) * 1000) / 1000;
  return { p50_ms: at(0.5), p90_ms: at(0.9), p99_ms: at(0.99), max_ms: at(1) };
}

async function memory(field: "VmHWM" | "VmRSS"): Promise<number> {
  const status = await readFile("/proc/self/status", "utf8");
  return Math.round(Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024);
}
