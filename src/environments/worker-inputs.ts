import { join, relative, resolve } from "node:path";
import { cacheDir } from "../util/cache-dir.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** What a worker in a container gets of this machine, of which it sees nothing else. */
export interface WorkerInputs {
  /** Files and folders that it may read, and where it finds them. */
  readonly reads: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
}

/** Where the server's image keeps data. */
const IMAGE_CACHE = "/var/cache/stepwell";
/** Where a container has what a variable names. */
const NAMED = "/srv/given";

/** Several as one. */
export function allInputs(...parts: readonly WorkerInputs[]): WorkerInputs {
  return {
    reads: Object.assign({}, ...parts.map(({ reads }) => reads)),
    variables: Object.assign({}, ...parts.map(({ variables }) => variables)),
  };
}

/** The file or folder that a variable names: the container's variable names where it is there. */
export function namedPath(name: string, path: string | undefined): WorkerInputs {
  if (!path) return allInputs();
  return { reads: { [resolve(path)]: join(NAMED, name) }, variables: { [name]: join(NAMED, name) } };
}

/** Paths in this machine's cache, for the same places in the cache of the server's image; null for one that is not there. */
export function inCache(env: Variables, paths: readonly (string | null)[]): WorkerInputs {
  const there = paths.filter((path) => path !== null);
  return {
    reads: Object.fromEntries(there.map((path) => [path, join(IMAGE_CACHE, relative(cacheDir(env), path))])),
    variables: {},
  };
}

/** Variables that it gets as they are, where they are set. */
export function sameVariables(env: Variables, names: readonly string[]): WorkerInputs {
  return { reads: {}, variables: Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : []))) };
}
