import javaWasm from "tree-sitter-java/tree-sitter-java.wasm" with { type: "file" };
import javascriptWasm from "tree-sitter-javascript/tree-sitter-javascript.wasm" with { type: "file" };
import type { Node, Parser } from "web-tree-sitter";
import runtimeWasm from "web-tree-sitter/web-tree-sitter.wasm" with { type: "file" };

/** The languages whose source text is parsed by a tree-sitter grammar. */
export type SourceLanguage = "java" | "javascript";

const GRAMMARS: Readonly<Record<SourceLanguage, string>> = { java: javaWasm, javascript: javascriptWasm };

const parsers = new Map<SourceLanguage, Parser>();
const loading = new Map<SourceLanguage, Promise<void>>();

/**
 * Compiles a grammar at its first use (about 20 ms and 3 MB, which a server without tasks of that language never spends).
 * The files are taken through the bundler, so a compiled executable carries them.
 */
export function loadGrammar(language: SourceLanguage): Promise<void> {
  const known = loading.get(language);
  if (known !== undefined) return known;
  const started = load(language);
  loading.set(language, started);
  // A failure is not kept: what is missing now may be there at the next try.
  started.catch(() => loading.delete(language));
  return started;
}

/** Whether the grammar is there, so that `withSyntaxTree` can be called. */
export function hasGrammar(language: SourceLanguage): boolean {
  return parsers.has(language);
}

let runtime: Promise<typeof import("web-tree-sitter")> | null = null;

/** One runtime for all grammars: a second one would take the place of the first, with the grammars in it. */
async function startRuntime(): Promise<typeof import("web-tree-sitter")> {
  const library = await import("web-tree-sitter");
  await library.Parser.init({ wasmBinary: await Bun.file(runtimeWasm).bytes() });
  return library;
}

async function load(language: SourceLanguage): Promise<void> {
  runtime ??= startRuntime();
  const { Parser, Language } = await runtime;
  const parser = new Parser();
  parser.setLanguage(await Language.load(await Bun.file(GRAMMARS[language]).bytes()));
  parsers.set(language, parser);
}

/** Parses a text and gives its root to `read`. The tree lives outside of the garbage collector, hence only in there. */
export function withSyntaxTree<T>(language: SourceLanguage, text: string, read: (root: Node) => T): T {
  const parser = parsers.get(language);
  if (parser === undefined) throw new Error(`the ${language} grammar was not loaded before it was used`);
  const tree = parser.parse(text);
  if (tree === null) throw new Error(`the ${language} grammar gave no tree`);
  try {
    return read(tree.rootNode);
  } finally {
    tree.delete();
  }
}
