/** Lengths below this are stored as they are (Lucene's SmallFloat.NUM_FREE_VALUES). */
const EXACT = 24;

/** Lucene's SmallFloat.intToByte4: a length as the byte that its index keeps. */
export function lengthToByte(length: number): number {
  if (length < EXACT) return length;
  const rest = length - EXACT;
  const bits = 32 - Math.clz32(rest);
  if (bits < 4) return EXACT + rest;
  const shift = bits - 4;
  return EXACT + (((shift + 1) << 3) | ((rest >>> shift) & 7));
}

/** Lucene's SmallFloat.byte4ToInt: the length that the byte stands for, rounded down to four significant bits. */
export function byteToLength(byte: number): number {
  if (byte < EXACT) return byte;
  const coded = byte - EXACT;
  const shift = (coded >>> 3) - 1;
  return EXACT + (shift < 0 ? coded & 7 : ((coded & 7) | 8) * 2 ** shift);
}
