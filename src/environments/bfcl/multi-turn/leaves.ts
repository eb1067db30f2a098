import { eq } from "../python/operators.ts";
import { repr } from "../python/repr.ts";
import { PyDict, type PyValue } from "../python/values.ts";
import { canon } from "../state-canon.ts";

/** The values in a state that hold no others, by where they are; an empty list or dict is one too. */
export type Leaves = ReadonlyMap<string, PyValue>;

/** The leaves of the public attributes of a class. */
export function leavesOf(state: readonly (readonly [string, PyValue])[]): Leaves {
  const leaves = new Map<string, PyValue>();
  for (const [name, value] of state) gather(canon(value), name, leaves);
  return leaves;
}

/** The places where two states differ, also by what only one of them has. */
export function differingPlaces(a: Leaves, b: Leaves): Set<string> {
  const places = new Set<string>();
  for (const [place, value] of a) {
    const other = b.get(place);
    if (other === undefined || !eq(value, other)) places.add(place);
  }
  for (const place of b.keys()) if (!a.has(place)) places.add(place);
  return places;
}

function gather(value: PyValue, place: string, into: Map<string, PyValue>): void {
  const parts: [PyValue, PyValue][] =
    value instanceof PyDict
      ? [...value.entries()]
      : Array.isArray(value)
        ? value.map((item, index): [PyValue, PyValue] => [BigInt(index), item])
        : [];
  if (parts.length === 0) into.set(place, value);
  for (const [key, item] of parts) gather(item, `${place}[${repr(key)}]`, into);
}
