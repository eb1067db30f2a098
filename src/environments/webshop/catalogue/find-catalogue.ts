import type { Progress } from "../../native.ts";
import { ownCatalogue } from "../own-shop/own-shop.ts";
import type { Catalogue } from "./catalogue.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** The catalogue to serve. */
export async function findCatalogue(_env: Env, _progress: Progress): Promise<Catalogue> {
  return ownCatalogue();
}
