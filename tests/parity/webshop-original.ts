import { Session, type SessionOptions } from "../../src/environments/webshop/engine/session.ts";
import type { Shop } from "../../src/environments/webshop/engine/shop.ts";
import { Draws } from "../../src/environments/webshop/goals/draws.ts";
import { type Goal, GoalTable } from "../../src/environments/webshop/goals/goals.ts";

/** The seed that the original's server shuffles its goals with. */
const SHUFFLE_SEED = 233;
const RANDOM_SESSION_LENGTH = 10;
/** Draws of the stream that left out records may have taken. */
const MAX_SKIPPED = 400;

export interface OriginalOptions {
  readonly seed: number;
  readonly human: boolean;
  readonly limitGoals: number;
  readonly showAttributes: boolean;
  readonly sessionPrefix: string;
}

/** What a session is asked for by: a number is a goal, any other value draws one. */
export type SessionKey = string | number | boolean | null;

/** The original's server over one global random stream: the recorded runs depend on every draw of it, in order. */
export class OriginalServer {
  readonly draws: PeekableDraws;
  readonly goals: GoalTable;
  /** The session that the constructor resets to. */
  readonly randomSession: string;
  readonly #shop: Shop;
  readonly #options: OriginalOptions;
  readonly #sums: Float64Array;
  readonly #sessions = new Map<string, { session: Session; goalIndex: number }>();

  constructor(shop: Shop, options: OriginalOptions) {
    this.#shop = shop;
    this.#options = options;
    this.draws = new PeekableDraws(options.seed);
    this.goals = new GoalTable(shop.store, options.human ? "human" : "synthetic", this.draws);
    this.draws.seed(SHUFFLE_SEED);
    this.draws.shuffle(this.goals.order);
    if (options.limitGoals !== -1 && options.limitGoals < this.goals.length) this.#limit(options.limitGoals);
    this.#sums = this.#cumulated();
    this.randomSession = this.reset(null).id;
  }

  /** Resets to a session: its goal is drawn at the first reset and stays. Throws IndexError for a goal that is not there. */
  reset(key: SessionKey): { id: string; session: Session; goalIndex: number } {
    const id = this.#options.sessionPrefix + this.#nameOf(key);
    const known = this.#sessions.get(id);
    if (known !== undefined) {
      known.session.reset();
      return { id, ...known };
    }
    const goalIndex = this.#goalIndex(key);
    const goal = this.goals.at(goalIndex);
    const session = new Session(this.#shop, this.#setup(id, goal));
    this.#sessions.set(id, { session, goalIndex });
    return { id, session, goalIndex };
  }

  /**
   * Resets as a record did. Records of random sessions may be left out between two that are here, and with them draws of
   * the stream: the recorded session is then looked for a little further on.
   */
  resetLike(
    key: SessionKey,
    id: string,
    isGoal: (place: number) => boolean,
  ): { id: string; session: Session; goalIndex: number } {
    const known = this.#sessions.get(id);
    if (known !== undefined || typeof key === "number" || typeof key === "boolean") return this.reset(key);
    const drawn = key === null ? RANDOM_SESSION_LENGTH + 1 : 1;
    const letters = key === null ? id.slice(this.#options.sessionPrefix.length) : "";
    const ahead = this.draws.peek(MAX_SKIPPED + drawn);
    for (let skipped = 0; skipped < MAX_SKIPPED; skipped++) {
      const fits = Array.from(letters).every((letter, at) => letterOf(ahead[skipped + at] ?? 0) === letter);
      if (!fits || !isGoal(indexAt(this.#sums, ahead[skipped + drawn - 1] ?? 0))) continue;
      for (let at = 0; at < skipped; at++) this.draws.random();
      break;
    }
    return this.reset(key);
  }

  #setup(sessionId: string, goal: Goal): SessionOptions {
    return {
      sessionId,
      goal,
      goalNouns: this.#shop.store.nouns(goal.product),
      priceOf: (product) => this.goals.prices[product] ?? 0,
      showAttributes: this.#options.showAttributes,
      sample: (count, wanted) => this.draws.sample(count, wanted),
    };
  }

  #nameOf(key: SessionKey): string {
    if (key === null) return this.draws.letters(RANDOM_SESSION_LENGTH);
    if (typeof key === "boolean") return key ? "True" : "False";
    return String(key);
  }

  #goalIndex(key: SessionKey): number {
    const asked = typeof key === "boolean" ? Number(key) : key;
    if (typeof asked !== "number") return this.#randomIndex(this.#sums);
    const index = asked < 0 ? this.goals.length + asked : asked;
    if (index < 0 || index >= this.goals.length) throw new RangeError("IndexError");
    return index;
  }

  #limit(count: number): void {
    const sums = this.#cumulated();
    const chosen = new Set<number>();
    while (chosen.size < count) chosen.add(this.#randomIndex(sums));
    this.goals.order = Uint32Array.from(chosen, (place) => this.goals.order[place] ?? 0);
  }

  #cumulated(): Float64Array {
    const sums = new Float64Array(this.goals.length + 1);
    for (let at = 0; at < this.goals.length; at++) sums[at + 1] = (sums[at] ?? 0) + this.goals.weight(at);
    return sums;
  }

  #randomIndex(sums: Float64Array): number {
    return indexAt(sums, this.draws.random());
  }
}

/** The original's weighted draw, with the first goal out of reach and the last one drawn for two. */
function indexAt(sums: Float64Array, fraction: number): number {
  const position = (sums.at(-1) ?? 0) * fraction;
  let [low, high] = [0, sums.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (position < (sums[middle] ?? 0)) high = middle;
    else low = middle + 1;
  }
  return Math.min(low, sums.length - 2);
}

function letterOf(fraction: number): string {
  return String.fromCharCode("a".charCodeAt(0) + Math.floor(fraction * 26));
}

/** A stream whose next floats can be looked at. Ints must not be drawn while some were looked at. */
class PeekableDraws extends Draws {
  readonly #ahead: number[] = [];

  override random(): number {
    return this.#ahead.shift() ?? super.random();
  }

  override below(count: number): number {
    if (this.#ahead.length > 0) throw new Error("an int cannot be drawn after floats were looked at");
    return super.below(count);
  }

  peek(count: number): readonly number[] {
    while (this.#ahead.length < count) this.#ahead.push(super.random());
    return this.#ahead;
  }
}
