import { mapArrays, writeArrays } from "../catalogue/array-file.ts";
import type { IndexArrays } from "./index-arrays.ts";

const MAGIC = "stepwell webshop index 3";

/** Writes an index to one file, for `mapIndex`. */
export async function writeIndex(path: string, index: IndexArrays): Promise<void> {
  const { documents, ...arrays } = index;
  await writeArrays(path, MAGIC, { documents }, arrays);
}

/** Maps an index into memory. Throws when it is no index of this version. */
export function mapIndex(path: string): IndexArrays {
  const { meta, arrays } = mapArrays(path, MAGIC);
  return {
    ...(meta as Pick<IndexArrays, "documents">),
    ...(arrays as unknown as Omit<IndexArrays, "documents">),
  };
}
