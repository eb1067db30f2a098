import { ProtocolError } from "../../../protocol/errors.ts";

const NON_LIVE = [
  "simple_python",
  "simple_java",
  "simple_javascript",
  "multiple",
  "parallel",
  "parallel_multiple",
  "irrelevance",
];
const LIVE = [
  "live_simple",
  "live_multiple",
  "live_parallel",
  "live_parallel_multiple",
  "live_irrelevance",
  "live_relevance",
];
const MULTI_TURN = ["multi_turn_base", "multi_turn_miss_func", "multi_turn_miss_param", "multi_turn_long_context"];
const MEMORY = ["memory_kv", "memory_vector", "memory_rec_sum"];
const WEB_SEARCH = ["web_search_base", "web_search_no_snippet"];
const SCORING = [...NON_LIVE, ...LIVE, ...MULTI_TURN, ...MEMORY, ...WEB_SEARCH];
const NON_PYTHON = ["simple_java", "simple_javascript"];

/** The groups of categories that DATASET_SUB_TYPE names, as the official category_mapping.py has them. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  all: [...SCORING, "format_sensitivity"],
  all_scoring: SCORING,
  multi_turn: MULTI_TURN,
  single_turn: [...NON_LIVE, ...LIVE],
  live: LIVE,
  non_live: NON_LIVE,
  non_python: NON_PYTHON,
  python: [...NON_LIVE, ...LIVE].filter((category) => !NON_PYTHON.includes(category)),
  memory: MEMORY,
  web_search: WEB_SEARCH,
  agentic: [...MEMORY, ...WEB_SEARCH],
};

const ALL: readonly string[] = GROUPS.all ?? [];

/** Categories that this version serves. */
export const SERVED_CATEGORIES: ReadonlySet<string> = new Set(MULTI_TURN);

export const UNAVAILABLE_CATEGORIES: readonly { what: string; reason: string }[] = ALL.filter(
  (category) => !SERVED_CATEGORIES.has(category),
).map((what) => ({ what, reason: "this version of Stepwell serves the multi-turn categories" }));

/** The categories that a sub type names, sorted, served or not. Throws `bad_request` on an unknown name. */
export function categoriesOf(sub_type: string): string[] {
  const names = sub_type.split(",").map((name) => name.trim());
  return [...new Set(names.flatMap(expand))].sort();
}

/**
 * The categories that a sub type selects, sorted: a group, a category, or several of either with commas between. Throws
 * `bad_request` on an unknown name, and where none of them is served; those that are not stand in UNAVAILABLE_CATEGORIES.
 */
export function selectCategories(sub_type: string): string[] {
  const served = categoriesOf(sub_type).filter((category) => SERVED_CATEGORIES.has(category));
  if (served.length > 0) return served;
  throw new ProtocolError(
    "bad_request",
    `none of the categories of dataset_sub_type "${sub_type}" is served: ${UNAVAILABLE_CATEGORIES[0]?.reason}`,
  );
}

/** Throws `bad_request` for a category that is unknown or not served, and says which it is. */
export function checkServed(category: string): void {
  if (SERVED_CATEGORIES.has(category)) return;
  const unavailable = UNAVAILABLE_CATEGORIES.find(({ what }) => what === category);
  throw new ProtocolError(
    "bad_request",
    unavailable
      ? `category "${category}" is not served: ${unavailable.reason}`
      : `no category "${category}"; served are: ${[...SERVED_CATEGORIES].join(", ")}`,
  );
}

function expand(name: string): readonly string[] {
  const group = Object.hasOwn(GROUPS, name) ? GROUPS[name] : undefined;
  if (group) return group;
  if (ALL.includes(name)) return [name];
  const known = [...Object.keys(GROUPS), ...ALL].join(", ");
  throw new ProtocolError("bad_request", `no dataset_sub_type "${name}"; there are: ${known}`);
}
