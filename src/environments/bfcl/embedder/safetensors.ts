import { z } from "zod";

const header = z.record(
  z.string(),
  z.union([
    z.object({ dtype: z.string(), shape: z.array(z.int()), data_offsets: z.tuple([z.int(), z.int()]) }),
    z.record(z.string(), z.string()),
  ]),
);

/** The 32-bit float tensors of a safetensors file. */
export class Tensors {
  readonly #bytes: Uint8Array;
  readonly #entries: z.infer<typeof header>;
  readonly #start: number;

  /** Throws an Error on a file of another form. */
  constructor(bytes: Uint8Array) {
    const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
    this.#bytes = bytes;
    this.#start = 8 + length;
    this.#entries = header.parse(JSON.parse(new TextDecoder().decode(bytes.subarray(8, this.#start))));
  }

  /** A tensor of a known number of values, row by row: a copy. Throws an Error where it is not so. */
  get(name: string, size: number): Float32Array {
    const entry = this.#entries[name];
    if (!entry || !Array.isArray(entry.data_offsets) || entry.dtype !== "F32") {
      throw new Error(`the model has no 32-bit tensor ${name}`);
    }
    const [from, to] = entry.data_offsets;
    if (to - from !== 4 * size) throw new Error(`the tensor ${name} has ${(to - from) / 4} values, not ${size}`);
    const values = new Float32Array(size);
    new Uint8Array(values.buffer).set(this.#bytes.subarray(this.#start + from, this.#start + to));
    return values;
  }
}
