const SIZE = 624;
const MIDDLE = 397;

/** random.Random(seed): MT19937 seeded by init_by_array of the seed's 32-bit words, as CPython does for an int. */
export class PyRandom {
  readonly #seed: bigint;
  /** Made at the first draw: most instances never draw, and the state is 2.5 KiB. */
  #state: Uint32Array | null = null;
  #index = SIZE;

  constructor(seed: bigint) {
    this.#seed = seed < 0n ? -seed : seed;
  }

  /** A float in [0, 1) of 53 bits. */
  random(): number {
    const high = this.#next() >>> 5;
    const low = this.#next() >>> 6;
    return (high * 67_108_864 + low) / 9_007_199_254_740_992;
  }

  /** An int from a to b, both included. */
  randint(a: bigint, b: bigint): bigint {
    const width = b - a + 1n;
    const bits = width.toString(2).length;
    let value = this.#bits(bits);
    while (value >= width) value = this.#bits(bits);
    return a + value;
  }

  /** An int from 0 up to `count`, which is less than 2 ** 32 and not included: randint for numbers, which a shuffle of millions draws. */
  below(count: number): number {
    const shift = Math.clz32(count);
    let value = this.#next() >>> shift;
    while (value >= count) value = this.#next() >>> shift;
    return value;
  }

  /** A float from a to b. */
  uniform(a: number, b: number): number {
    return a + (b - a) * this.random();
  }

  #bits(count: number): bigint {
    if (count <= 32) return BigInt(this.#next() >>> (32 - count));
    let value = 0n;
    for (let done = 0; done < count; done += 32) {
      const left = count - done;
      const word = left < 32 ? this.#next() >>> (32 - left) : this.#next();
      value |= BigInt(word) << BigInt(done);
    }
    return value;
  }

  #next(): number {
    this.#state ??= beginningOf(this.#seed);
    if (this.#index >= SIZE) {
      twist(this.#state);
      this.#index = 0;
    }
    let y = this.#state[this.#index++] ?? 0;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  }
}

/** Beginnings by their seed: tasks have a few seeds between them. The oldest goes when there are this many. */
const KEPT_SEEDS = 64;
const beginnings = new Map<bigint, Uint32Array>();

/** A state of its own as the seed makes it. */
function beginningOf(seed: bigint): Uint32Array {
  const known = beginnings.get(seed);
  if (known) return known.slice();
  const made = seeded(seed);
  if (beginnings.size >= KEPT_SEEDS) beginnings.delete(beginnings.keys().next().value ?? 0n);
  beginnings.set(seed, made);
  return made.slice();
}

function seeded(seed: bigint): Uint32Array {
  const key: number[] = [];
  for (let rest = seed; rest > 0n; rest >>= 32n) key.push(Number(rest & 0xffffffffn));
  if (key.length === 0) key.push(0);
  const state = new Uint32Array(SIZE);
  state[0] = 19_650_218;
  for (let i = 1; i < SIZE; i++) state[i] = Math.imul(1_812_433_253, mix(state, i)) + i;
  let i = 1;
  let j = 0;
  for (let k = Math.max(SIZE, key.length); k > 0; k--) {
    state[i] = ((state[i] ?? 0) ^ Math.imul(mix(state, i), 1_664_525)) + (key[j] ?? 0) + j;
    i = advance(state, i);
    j = (j + 1) % key.length;
  }
  for (let k = SIZE - 1; k > 0; k--) {
    state[i] = ((state[i] ?? 0) ^ Math.imul(mix(state, i), 1_566_083_941)) - i;
    i = advance(state, i);
  }
  state[0] = 0x80000000;
  return state;
}

function mix(state: Uint32Array, i: number): number {
  const before = state[i - 1] ?? 0;
  return before ^ (before >>> 30);
}

function advance(state: Uint32Array, i: number): number {
  if (i + 1 < SIZE) return i + 1;
  state[0] = state[SIZE - 1] ?? 0;
  return 1;
}

function twist(state: Uint32Array): void {
  for (let i = 0; i < SIZE; i++) {
    const y = ((state[i] ?? 0) & 0x80000000) | ((state[(i + 1) % SIZE] ?? 0) & 0x7fffffff);
    state[i] = (state[(i + MIDDLE) % SIZE] ?? 0) ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
  }
}
