const EMPTY = 0xffffffff;

/** Numbers of asins by their hash, in an open table: 8 MB for a million, where a map of strings takes a hundred. */
export function buildAsinTable(asins: Iterable<string>, count: number): Uint32Array {
  const table = new Uint32Array(2 ** Math.ceil(Math.log2(Math.max(2 * count, 2)))).fill(EMPTY);
  let number = 0;
  for (const asin of asins) {
    let slot = hash(asin) & (table.length - 1);
    while (table[slot] !== EMPTY) slot = (slot + 1) & (table.length - 1);
    table[slot] = number++;
  }
  return table;
}

/** The number of an asin; `asinOf` tells which one a number found has. */
export function findAsin(table: Uint32Array, asin: string, asinOf: (number: number) => string): number | undefined {
  for (let slot = hash(asin) & (table.length - 1); ; slot = (slot + 1) & (table.length - 1)) {
    const number = table[slot] ?? EMPTY;
    if (number === EMPTY) return undefined;
    if (asinOf(number) === asin) return number;
  }
}

/** FNV-1a over UTF-16 units, its upper bits folded in. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return (value ^ (value >>> 15)) >>> 0;
}
