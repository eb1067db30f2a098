import type { ObservationMode, Session } from "../../src/environments/webshop/engine/session.ts";
import { type Shop, ShopCrash } from "../../src/environments/webshop/engine/shop.ts";
import { asRecorded, goalsSha256, pricesSha256, type RecordedGoal, sha256 } from "./webshop-goals.ts";
import { OriginalServer, type SessionKey } from "./webshop-original.ts";
import type { Tally } from "./webshop-tally.ts";
import { TextSession } from "./webshop-text-session.ts";

interface Header {
  readonly kind: "header";
  readonly human_goals: boolean;
  readonly python_random_seed_before_create: number;
  readonly observation_mode: ObservationMode;
  readonly kwargs: {
    readonly show_attrs?: boolean;
    readonly num_prev_obs?: number;
    readonly num_prev_actions?: number;
    readonly limit_goals?: number;
    readonly session_prefix?: string;
  };
  readonly n_goals: number;
  readonly goals_sha256: string;
  readonly prices_sha256: string;
  readonly random_session: string;
}

interface Recorded {
  readonly obs: string;
  readonly url: string;
  readonly avail?: readonly string[];
  readonly has_search_bar?: boolean;
  readonly html_sha256?: string;
  readonly html?: string;
  readonly text?: string;
  readonly text_rich?: string;
}

interface RecordedStep extends Recorded {
  readonly action: string;
  readonly reward: number;
  readonly done: boolean;
  readonly parts?: object | null;
  readonly bought?: { readonly asin: string; readonly options: object; readonly price: number };
  readonly options?: object;
  readonly error?: string;
}

interface RecordedSession {
  readonly session: SessionKey;
  readonly session_id: string;
  readonly goal_index: number;
  readonly goal: RecordedGoal;
  readonly instruction: string;
  readonly reset: Recorded;
  readonly steps: readonly RecordedStep[];
}

type Fields = [name: string, recorded: unknown, ours: unknown][];

/** Plays the recorded sessions of one run of the original: the first record says how it was made. */
export function compareSessions(records: readonly unknown[], shop: Shop, tally: Tally): void {
  const [header, ...sessions] = records as [Header, ...RecordedSession[]];
  const { kwargs } = header;
  const server = new OriginalServer(shop, {
    seed: header.python_random_seed_before_create,
    human: header.human_goals,
    limitGoals: kwargs.limit_goals ?? -1,
    showAttributes: kwargs.show_attrs ?? false,
    sessionPrefix: kwargs.session_prefix ?? "",
  });
  tally.all("the goals", [
    ["number of goals", header.n_goals, server.goals.length],
    ["goals", header.goals_sha256, goalsSha256(server.goals)],
    ["prices", header.prices_sha256, pricesSha256(server.goals.prices, (number) => shop.store.product(number).asin)],
    ["the first random session", header.random_session, server.randomSession],
  ]);
  const history = { observations: kwargs.num_prev_obs ?? 0, actions: kwargs.num_prev_actions ?? 0 };
  for (const recorded of sessions) {
    const where = `session ${recorded.session_id}`;
    try {
      // Records were left out, and with them draws: a random session is looked for further on in the stream.
      const { session, goalIndex, id } = server.resetLike(
        recorded.session,
        recorded.session_id,
        (place) => place === recorded.goal_index,
      );
      const play = new TextSession(session, header.observation_mode, history);
      tally.all(where, [
        ["id", recorded.session_id, id],
        ["goal index", recorded.goal_index, goalIndex],
        ["goal", recorded.goal, asRecorded(session.goal, server.goals.weight(goalIndex))],
        ...page(recorded.reset, session, play.start()),
      ]);
      playSteps(recorded.steps, play, server, shop, where, tally);
    } catch (error) {
      tally.failed(where, error);
    }
  }
}

function playSteps(
  steps: readonly RecordedStep[],
  play: TextSession,
  server: OriginalServer,
  shop: Shop,
  where: string,
  tally: Tally,
): void {
  for (const [at, step] of steps.entries()) {
    const name = `${where}, step ${at}: ${step.action}`;
    try {
      const ours = play.step(step.action);
      if (step.error !== undefined) {
        tally.same(name, step.error, null);
        continue;
      }
      tally.all(name, [
        ["reward", step.reward, ours.reward],
        ["done", step.done, ours.done],
        ...page(step, play.session, ours.state),
        ...purchase(step, play.session, server, shop),
      ]);
    } catch (error) {
      if (error instanceof ShopCrash) tally.same(name, step.error ?? null, error.python);
      else tally.failed(name, error);
    }
  }
}

function page(recorded: Recorded, session: Session, observation: string): Fields {
  const fields: Fields = [
    ["observation", recorded.obs, observation],
    ["url", recorded.url, session.url],
  ];
  if (recorded.avail) fields.push(["clickables", recorded.avail, [...session.clickables.keys()]]);
  if (recorded.has_search_bar !== undefined) fields.push(["search bar", recorded.has_search_bar, session.hasSearchBar]);
  if (recorded.html_sha256) fields.push(["html", recorded.html_sha256, sha256(session.observe("html"))]);
  if (recorded.html !== undefined) fields.push(["html", recorded.html, session.observe("html")]);
  if (recorded.text !== undefined) fields.push(["text", recorded.text, session.observe("text")]);
  if (recorded.text_rich !== undefined) fields.push(["text_rich", recorded.text_rich, session.observe("text_rich")]);
  return fields;
}

function purchase(step: RecordedStep, session: Session, server: OriginalServer, shop: Shop): Fields {
  const fields: Fields = [];
  const bought = session.purchase;
  const options = Object.fromEntries(session.options);
  if (step.options !== undefined) fields.push(["options", step.options, options]);
  if (step.parts !== undefined) fields.push(["parts", step.parts, step.done ? (bought?.info ?? null) : null]);
  if (step.bought !== undefined && bought) {
    const ours = { asin: shop.store.product(bought.product).asin, options, price: server.goals.prices[bought.product] };
    fields.push(["purchase", step.bought, ours]);
  }
  return fields;
}

interface Trap {
  readonly name: string;
  readonly session: SessionKey;
  readonly session_id: string;
  readonly kw: { readonly instruction_text?: string };
  readonly reset: (Recorded & { readonly instruction: string }) | null;
  readonly error?: string;
  readonly steps: readonly RecordedStep[];
}

/** Seeds that are tried for the traps, whose record does not say theirs. */
const TRAP_SEEDS = 1000;

/** Plays the scripted cases of one run: human goals, one server, in order. */
export function compareTraps(records: readonly unknown[], shop: Shop, tally: Tally): void {
  const traps = records as readonly Trap[];
  const server = trapServer(traps, shop);
  for (const trap of traps) {
    const where = `${trap.name} (session ${trap.session_id})`;
    try {
      const key = trapKey(trap);
      if (trap.reset === null || trap.reset === undefined) {
        tally.same(
          where,
          trap.error ?? null,
          errorName(() => server.reset(key)),
        );
        continue;
      }
      const { instruction } = trap.reset;
      const { session } = server.resetLike(
        key,
        trap.session_id,
        (place) => `Instruction: ${server.goals.at(place).instruction}` === instruction,
      );
      const play = new TextSession(session, "text", { observations: 0, actions: 0 });
      const first = play.start();
      const shown = trap.kw.instruction_text ?? `Instruction: ${session.goal.instruction}`;
      tally.all(where, [["instruction", trap.reset.instruction, shown], ...page(trap.reset, session, first)]);
      playSteps(trap.steps, play, server, shop, where, tally);
    } catch (error) {
      tally.failed(where, error);
    }
  }
}

/** A float is no goal's number to the original, and JSON made 2.0 a 2: the session's id tells. */
function trapKey({ session, session_id }: Trap): SessionKey {
  return typeof session === "number" && session_id.includes(".") ? session_id : session;
}

function errorName(run: () => unknown): string | null {
  try {
    run();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function trapServer(traps: readonly Trap[], shop: Shop): OriginalServer {
  const known = traps.filter(({ session, kw, reset }) => typeof session === "number" && reset && !kw.instruction_text);
  const options = { human: true, limitGoals: -1, showAttributes: false, sessionPrefix: "" };
  for (let seed = 0; seed < TRAP_SEEDS; seed++) {
    const server = new OriginalServer(shop, { seed, ...options });
    const fits = ({ session, session_id, reset }: Trap) =>
      typeof session !== "number" ||
      session_id.includes(".") ||
      `Instruction: ${server.goals.at((session + server.goals.length) % server.goals.length).instruction}` ===
        reset?.instruction;
    if (known.every(fits)) return server;
  }
  throw new Error(`no seed below ${TRAP_SEEDS} gives the goals of these records`);
}
