import { type LinearKernel, linearKernel } from "./linear-kernel.ts";

/** A piece of the arena: where it begins, in bytes, and its values. */
export interface Block {
  readonly address: number;
  readonly values: Float32Array;
}

const PAGE = 65_536;

/** One memory for all weights and working values of a model, in which the kernel works. It never grows. */
export class Arena {
  readonly linear: LinearKernel;
  readonly #memory: WebAssembly.Memory;
  #used = 0;

  /** `floats`: how many values fit, each block rounded up to four. */
  constructor(floats: number) {
    this.#memory = new WebAssembly.Memory({ initial: Math.ceil((floats * 4) / PAGE) });
    this.linear = linearKernel(this.#memory);
  }

  block(size: number): Block {
    const address = this.#used;
    this.#used += Math.ceil(size / 4) * 16;
    return { address, values: new Float32Array(this.#memory.buffer, address, size) };
  }

  /** A block that holds these values. */
  hold(values: Float32Array): Block {
    const block = this.block(values.length);
    block.values.set(values);
    return block;
  }
}
