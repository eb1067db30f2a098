import { beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MiniLm } from "../../../../src/environments/bfcl/embedder/mini-lm.ts";
import { modelFolder } from "../../../../src/environments/bfcl/embedder/pull-embedder.ts";
import { WordPiece } from "../../../../src/environments/bfcl/embedder/word-piece.ts";
import { runScript, whyNotOfficial } from "../official-process.ts";

const folder = modelFolder(process.env);
const missing = folder === null ? "the model is not here: stepwell pull bfcl --memory-vector" : null;
const skipped = missing !== null && process.env.CI !== "true";
const noPython = whyNotOfficial("numpy");

const TEXTS = [
  "This is an example sentence",
  "Each sentence is converted",
  "café 😀 [SEP] 東京 don't",
  "",
  "What is my cat called?",
  "The user has a cat. Its name is Tom, and it is seven years old.",
  "word ".repeat(400),
];

describe(`all-MiniLM-L6-v2${missing === null ? "" : ` (not run: ${missing})`}`, () => {
  let model: MiniLm;
  let tokenizer: WordPiece;
  beforeAll(() => {
    if (folder === null) {
      if (skipped) return;
      throw new Error(missing ?? "no model");
    }
    const vocabulary = readFileSync(join(folder, "vocab.txt"), "utf8");
    model = new MiniLm(readFileSync(join(folder, "model.safetensors")), vocabulary);
    tokenizer = new WordPiece(vocabulary);
  });

  test.skipIf(skipped)("gives the vectors that sentence-transformers is known to give", () => {
    const vector = model.embed("This is an example sentence");
    expect(vector.length).toBe(384);
    const known = [0.0676569, 0.0634959, 0.0487131, 0.0793049, 0.0374481];
    for (const [at, value] of known.entries()) expect(vector[at] ?? 0).toBeCloseTo(value, 6);
  });

  test.skipIf(skipped)("gives one vector for one text, of length 1, whatever was embedded before", () => {
    const vectors = TEXTS.map((text) => model.embed(text));
    for (const [at, text] of TEXTS.entries()) {
      const again = model.embed(text);
      expect(again).toEqual(vectors[at] ?? again);
      expect(again.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 5);
    }
  });

  test.skipIf(skipped || (noPython !== null && process.env.CI !== "true"))(
    `agrees with a forward pass in 64 bits${noPython === null ? "" : ` (not run: ${noPython})`}`,
    async () => {
      const input = JSON.stringify({ model: folder, ids: TEXTS.map((text) => tokenizer.encode(text, 256)) });
      const expected = JSON.parse(await runScript(`${import.meta.dir}/reference.py`, { input })) as number[][];
      const worst = Math.max(
        ...TEXTS.flatMap((text, index) =>
          Array.from(model.embed(text), (value, at) => Math.abs(value - (expected[index]?.[at] ?? 0))),
        ),
      );
      expect(worst).toBeLessThan(2e-6);
    },
    60_000,
  );

  test.skipIf(skipped)("reads texts as the tokenizer of the model does", () => {
    const ids = (text: string) => tokenizer.encode(text, 256).slice(1, -1);
    expect(ids("Don't")).toEqual([2123, 1005, 1056]);
    expect(ids("CAFÉ")).toEqual(ids("cafe"));
    expect(ids("[SEP]")).toEqual([102]);
    expect(ids("a\u200bb\tc")).toEqual([...ids("ab"), ...ids("c")]);
    expect(ids("東京")).toHaveLength(2);
    expect(ids("x".repeat(101))).toEqual([100]);
    expect(tokenizer.encode("word ".repeat(400), 256)).toHaveLength(256);
  });
});
