import { createHash } from "node:crypto";
import { ProtocolError } from "../../../protocol/errors.ts";
import type { TaskRow } from "../../../protocol/messages.ts";
import type { ProductStore } from "../catalogue/store.ts";
import { Draws } from "../goals/draws.ts";
import { type Goal, GoalTable } from "../goals/goals.ts";
import { type GoalRange, PROTOCOLS, type ProtocolName, protocolOf } from "../protocols.ts";

/** The seed with which the original shuffles its goals. */
const SHUFFLE_SEED = 233;
/** One product of so many, with all its goals, is in test_clean. */
const HELD_OUT = 5;
/** Goals that one list looks at: a full catalogue has millions of synthetic ones. */
const MOST_ROWS = 100_000;

/** A goal by its number under a protocol. */
export interface ShopTask {
  readonly task_id: string;
  readonly protocol: ProtocolName;
  readonly number: number;
  readonly goal: Goal;
  /** The price at which the shop of this protocol sells a product. */
  readonly priceOf: (product: number) => number;
}

interface GoalList {
  readonly table: GoalTable;
  /** The place in the table of each goal number. */
  readonly placeOf: (number: number) => number;
}

/**
 * The goals of each protocol over one catalogue. The random stream is seeded by the catalogue, so a task has the same
 * price limit in every process; the original's stream is seeded by nothing. Lists are made at their first use.
 */
export class GoalLists {
  readonly #store: ProductStore;
  readonly #seed: number;
  readonly #tables = new Map<string, GoalTable>();
  readonly #lists = new Map<ProtocolName, GoalList>();

  constructor(store: ProductStore, seed: number) {
    this.#store = store;
    this.#seed = seed;
  }

  /** The task of an id. Throws `unknown_task`. */
  task(task_id: string): ShopTask {
    const { protocol, number } = parseId(task_id) ?? {};
    if (protocol === undefined || number === undefined) {
      throw new ProtocolError(
        "unknown_task",
        `no task "${task_id}": ids are a protocol (${PROTOCOLS.join(", ")}) and a goal number, such as webshop_17`,
      );
    }
    const { table, placeOf } = this.#list(protocol);
    if (number >= table.length) {
      throw new ProtocolError(
        "unknown_task",
        `no task "${task_id}": the catalogue has ${table.length} goals for the protocol ${protocol}`,
      );
    }
    const { prices } = table;
    return {
      task_id,
      protocol,
      number,
      goal: table.at(placeOf(number)),
      priceOf: (product) => prices[product] ?? 0,
    };
  }

  /** The rows of a split. Throws `unknown_split` for one that the protocol lacks. */
  rows(protocol: ProtocolName, split: string, within: GoalRange | null): TaskRow[] {
    const { table, placeOf } = this.#list(protocol);
    const [first, last] = within ?? [0, Number.POSITIVE_INFINITY];
    const { range, clean } = this.#split(protocol, split);
    const rows: TaskRow[] = [];
    const [start, end] = [Math.max(range[0], first), Math.min(range[1], last, table.length)];
    // Before any is read: each row reads its product.
    if (end - start > MOST_ROWS) {
      throw new ProtocolError(
        "bad_request",
        `the split "${split}" has ${end - start} goals to list, more than ${MOST_ROWS}: ask for a part of them with the filter index, such as 0-99999`,
      );
    }
    for (let number = start; number < end; number++) {
      const place = placeOf(number);
      const product = table.product(place);
      if (clean !== null && this.#isHeldOut(product) !== (clean === "test")) continue;
      const { category } = this.#store.product(product);
      rows.push({
        task_id: `${protocol}_${number}`,
        protocol,
        index: number,
        category,
        options: table.optionCount(place),
      });
    }
    return rows;
  }

  #split(protocol: ProtocolName, split: string): { range: GoalRange; clean: "train" | "test" | null } {
    const all: GoalRange = [0, Number.POSITIVE_INFINITY];
    if (split === "all") return { range: all, clean: null };
    if (split === "train_clean") return { range: all, clean: "train" };
    if (split === "test_clean") return { range: all, clean: "test" };
    const { splits } = protocolOf(protocol);
    const range = Object.hasOwn(splits, split) ? splits[split] : undefined;
    if (range !== undefined) return { range, clean: null };
    const known = [...Object.keys(splits), "train_clean", "test_clean", "all"].join(", ");
    throw new ProtocolError(
      "unknown_split",
      `the protocol ${protocol} of webshop has the splits ${known}, not "${split}"`,
    );
  }

  /** By the asin, so that a product stays on its side when others are added. */
  #isHeldOut(product: number): boolean {
    const digest = createHash("sha256").update(this.#store.product(product).asin).digest();
    return digest.readUInt32BE(0) % HELD_OUT === 0;
  }

  #list(protocol: ProtocolName): GoalList {
    const known = this.#lists.get(protocol);
    if (known !== undefined) return known;
    const table = this.#table(protocol);
    const { permutation } = protocolOf(protocol);
    const permuted = permutation === null ? null : permutationOf(table.length, permutation);
    const list: GoalList = { table, placeOf: (number) => permuted?.[number] ?? number };
    this.#lists.set(protocol, list);
    return list;
  }

  /** Protocols with the same goals in the same order share a table. */
  #table(protocol: ProtocolName): GoalTable {
    const { goals, limitSeed } = protocolOf(protocol);
    const key = `${goals} ${limitSeed}`;
    const known = this.#tables.get(key);
    if (known !== undefined) return known;
    const draws = new Draws(this.#seed);
    const table = new GoalTable(this.#store, goals, draws, limitSeed);
    draws.seed(SHUFFLE_SEED);
    draws.shuffle(table.order);
    this.#tables.set(key, table);
    return table;
  }
}

const ID = new RegExp(`^(${PROTOCOLS.join("|")})_(0|[1-9][0-9]{0,9})$`);

function parseId(task_id: string): { protocol: ProtocolName; number: number } | null {
  const [, name, number] = ID.exec(task_id) ?? [];
  const protocol = PROTOCOLS.find((each) => each === name);
  return protocol === undefined ? null : { protocol, number: Number(number) };
}

/** Python's `random.Random(seed).shuffle(list(range(count)))`. */
function permutationOf(count: number, seed: number): Uint32Array {
  const numbers = Uint32Array.from({ length: count }, (_, at) => at);
  new Draws(seed).shuffle(numbers);
  return numbers;
}
