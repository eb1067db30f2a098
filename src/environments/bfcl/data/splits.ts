import { ProtocolError } from "../../../protocol/errors.ts";

/** What a split looks at. */
interface Entry {
  readonly source_index: number;
}

/** One source in five is held out. */
const HELD_OUT_EVERY = 5;

/**
 * all: everything. train, val: the halves of the whole selected list, as the older service has them; contaminated, since
 * nearly all of val repeats ground-truth calls of train. train_clean, val_clean: four fifths and one fifth of the source
 * indices, which the four categories share, so no source stands on both sides.
 */
export const SPLITS = ["all", "train", "val", "train_clean", "val_clean"] as const;

/** The entries of a split, in their order. Throws `unknown_split`. */
export function entriesOf<T extends Entry>(split: string, entries: readonly T[]): readonly T[] {
  const half = Math.floor(entries.length / 2);
  switch (split) {
    case "all":
      return entries;
    case "train":
      return entries.slice(0, half);
    case "val":
      return entries.slice(half);
    case "train_clean":
      return entries.filter((entry) => !isHeldOut(entry));
    case "val_clean":
      return entries.filter(isHeldOut);
    default:
      throw new ProtocolError("unknown_split", `bfcl has the splits ${SPLITS.join(", ")}, not "${split}"`);
  }
}

function isHeldOut({ source_index }: Entry): boolean {
  return source_index % HELD_OUT_EVERY === HELD_OUT_EVERY - 1;
}
