import { ProtocolError } from "../../../protocol/errors.ts";

/** Which engine decides a category: how its tasks are read, played and judged follows from it. */
export type ScoredBy = "ast" | "relevance" | "irrelevance" | "multi_turn" | "agentic" | "nothing";

/** One category of the leaderboard. */
export interface Category {
  readonly name: string;
  /** The part of the leaderboard that its score counts for. */
  readonly group: "non_live" | "live" | "multi_turn" | "memory" | "web_search" | "format_sensitivity" | "memory_prereq";
  readonly language: "python" | "java" | "javascript";
  readonly scored_by: ScoredBy;
  /** What must be there for it to be served; null for most. */
  readonly needs: Need | null;
}

/** What not every machine has. */
export type Need = "embedder" | "search";

/** Why a category is not served where its need is not met. */
const UNMET: Readonly<Record<Need, string>> = {
  embedder: "its memory is searched with a sentence embedder; `stepwell pull bfcl --memory-vector` fetches it (84 MB)",
  search: "no web search is configured: set SERPAPI_API_KEY, or STEPWELL_BFCL_WEB_RECORDING to a recording",
};

const row = (
  name: string,
  group: Category["group"],
  scored_by: ScoredBy,
  needs: Need | null,
  language: Category["language"] = "python",
): Category => ({ name, group, language, scored_by, needs });

/** Every category of BFCL v4, in the order of the official mapping, then what is played and not scored. */
export const CATEGORIES: readonly Category[] = [
  row("simple_python", "non_live", "ast", null),
  row("simple_java", "non_live", "ast", null, "java"),
  row("simple_javascript", "non_live", "ast", null, "javascript"),
  row("multiple", "non_live", "ast", null),
  row("parallel", "non_live", "ast", null),
  row("parallel_multiple", "non_live", "ast", null),
  row("irrelevance", "non_live", "irrelevance", null),
  row("live_simple", "live", "ast", null),
  row("live_multiple", "live", "ast", null),
  row("live_parallel", "live", "ast", null),
  row("live_parallel_multiple", "live", "ast", null),
  row("live_irrelevance", "live", "irrelevance", null),
  row("live_relevance", "live", "relevance", null),
  row("multi_turn_base", "multi_turn", "multi_turn", null),
  row("multi_turn_miss_func", "multi_turn", "multi_turn", null),
  row("multi_turn_miss_param", "multi_turn", "multi_turn", null),
  row("multi_turn_long_context", "multi_turn", "multi_turn", null),
  row("memory_kv", "memory", "agentic", null),
  row("memory_vector", "memory", "agentic", "embedder"),
  row("memory_rec_sum", "memory", "agentic", null),
  row("web_search_base", "web_search", "agentic", "search"),
  row("web_search_no_snippet", "web_search", "agentic", "search"),
  row("format_sensitivity", "format_sensitivity", "ast", null),
  // The sessions that are played before the questions of a memory category: tasks that no group has and nothing judges.
  row("memory_kv_prereq", "memory_prereq", "nothing", null),
  row("memory_vector_prereq", "memory_prereq", "nothing", "embedder"),
  row("memory_rec_sum_prereq", "memory_prereq", "nothing", null),
];

const named = (keep: (category: Category) => boolean): readonly string[] =>
  CATEGORIES.filter(keep).map(({ name }) => name);
const isSingleTurn = ({ group }: Category): boolean => group === "non_live" || group === "live";

/** The groups of categories that DATASET_SUB_TYPE names, as the official category_mapping.py has them. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  all: named(({ scored_by }) => scored_by !== "nothing"),
  all_scoring: named(({ group, scored_by }) => group !== "format_sensitivity" && scored_by !== "nothing"),
  multi_turn: named(({ group }) => group === "multi_turn"),
  single_turn: named(isSingleTurn),
  live: named(({ group }) => group === "live"),
  non_live: named(({ group }) => group === "non_live"),
  non_python: named(({ language }) => language !== "python"),
  python: named((category) => isSingleTurn(category) && category.language === "python"),
  memory: named(({ group }) => group === "memory"),
  web_search: named(({ group }) => group === "web_search"),
  agentic: named(({ scored_by }) => scored_by === "agentic"),
};

const BY_NAME: ReadonlyMap<string, Category> = new Map(CATEGORIES.map((category) => [category.name, category]));

/** A category by its name, which is one of CATEGORIES. */
export function categoryNamed(name: string): Category {
  const category = BY_NAME.get(name);
  if (category === undefined) throw new Error(`bfcl has no category "${name}"`);
  return category;
}

/** The categories that a sub type names, sorted, served or not. Throws `bad_request` on an unknown name. */
export function categoriesOf(sub_type: string): string[] {
  const names = sub_type.split(",").map((name) => name.trim());
  return [...new Set(names.flatMap(expand))].sort();
}

/** The categories that are served where some needs are met. */
export class ServedCategories {
  readonly names: ReadonlySet<string>;
  /** The others of the leaderboard, with the reason. */
  readonly unavailable: readonly { what: string; reason: string }[];

  constructor(met: ReadonlySet<Need>) {
    const isServed = ({ needs }: Category): boolean => needs === null || met.has(needs);
    this.names = new Set(named(isServed));
    this.unavailable = CATEGORIES.flatMap(({ name, needs }) =>
      needs === null || met.has(needs) ? [] : [{ what: name, reason: UNMET[needs] }],
    );
  }

  /**
   * The categories that a sub type selects, sorted: a group, a category, or several of either with commas between. Throws
   * `bad_request` on an unknown name, and where none of them is served; those that are not stand in `unavailable`.
   */
  select(sub_type: string): string[] {
    const wanted = categoriesOf(sub_type);
    const served = wanted.filter((category) => this.names.has(category));
    if (served.length > 0) return served;
    const reasons = new Set(wanted.map((name) => this.#reason(name)));
    throw new ProtocolError(
      "bad_request",
      `none of the categories of dataset_sub_type "${sub_type}" is served: ${[...reasons].join("; ")}`,
    );
  }

  /** Throws `bad_request` for a category that is unknown or not served, and says which it is. */
  check(name: string): void {
    if (this.names.has(name)) return;
    throw new ProtocolError(
      "bad_request",
      BY_NAME.has(name)
        ? `category "${name}" is not served: ${this.#reason(name)}`
        : `no category "${name}"; served are: ${[...this.names].join(", ")}`,
    );
  }

  #reason(name: string): string | undefined {
    return this.unavailable.find(({ what }) => what === name)?.reason;
  }
}

function expand(name: string): readonly string[] {
  const group = Object.hasOwn(GROUPS, name) ? GROUPS[name] : undefined;
  if (group) return group;
  if (BY_NAME.has(name)) return [name];
  const known = [...Object.keys(GROUPS), ...BY_NAME.keys()].join(", ");
  throw new ProtocolError("bad_request", `no dataset_sub_type "${name}"; there are: ${known}`);
}
