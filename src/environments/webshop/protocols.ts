import type { ObservationMode } from "./engine/session.ts";
import type { GoalKind } from "./goals/goals.ts";

export const PROTOCOLS = ["webshop", "verl-agent", "agentgym", "ragen"] as const;
export type ProtocolName = (typeof PROTOCOLS)[number];

/** How the first messages and the observations are put: as a chat, as one self-contained message a step, or bare. */
export type PromptForm = "chat" | "verl-agent" | "none";

/** First and, not included, last goal number of a split. */
export type GoalRange = readonly [from: number, to: number];

/** What "WebShop" means to one of those who train on it: which goals in which order, and what an episode is like. */
export interface ShopProtocol {
  readonly goals: GoalKind;
  /** What the random stream is set to before the price limits are drawn; null where it runs on from the prices. */
  readonly limitSeed: number | null;
  /** Seed of a further permutation of the goal numbers (Python's random.Random(seed).shuffle). */
  readonly permutation: number | null;
  readonly splits: Readonly<Record<string, GoalRange>>;
  /** Actions after which an episode ends without a purchase. */
  readonly stepLimit: number;
  readonly prompt: PromptForm;
  readonly observation: ObservationMode;
  /** Whether observations end with what can be done next. */
  readonly availableActions: boolean;
  readonly reward: "sparse" | "success";
  /** The reward on the scale that its users know: beside ours, which stays in [0, 1]. */
  readonly scale: (score: number) => number;
}

const rest = Number.POSITIVE_INFINITY;
const score = (value: number): number => value;

const PROTOCOL_TABLE: Readonly<Record<ProtocolName, ShopProtocol>> = {
  // The paper: what people wrote, in the order and the ranges of its baselines.
  webshop: {
    goals: "human",
    limitSeed: null,
    permutation: null,
    splits: { test: [0, 500], dev: [500, 1500], train: [1500, rest] },
    stepLimit: 100,
    prompt: "chat",
    observation: "text",
    availableActions: false,
    reward: "sparse",
    scale: score,
  },
  "verl-agent": {
    goals: "synthetic",
    limitSeed: null,
    permutation: null,
    splits: { test: [0, 500], train: [500, rest] },
    stepLimit: 15,
    prompt: "verl-agent",
    observation: "text",
    availableActions: true,
    reward: "success",
    scale: (value) => (value === 1 ? 10 : 0),
  },
  // Its goal generator sets the stream before it draws limits; its lists of item ids are published data, so the ranges are ours.
  agentgym: {
    goals: "synthetic",
    limitSeed: 233,
    permutation: null,
    splits: { test: [0, 200], train: [200, rest] },
    stepLimit: 10,
    prompt: "chat",
    observation: "text",
    availableActions: true,
    reward: "sparse",
    scale: score,
  },
  ragen: {
    goals: "synthetic",
    limitSeed: null,
    permutation: 42,
    splits: { test: [0, 500], dev: [500, 1500], train: [1500, rest] },
    stepLimit: 10,
    prompt: "chat",
    observation: "text",
    availableActions: true,
    reward: "sparse",
    scale: score,
  },
};

export function protocolOf(name: ProtocolName): ShopProtocol {
  return PROTOCOL_TABLE[name];
}

/** Splits of every protocol beside its own: all goals, and a division by product. */
export const CLEAN_SPLITS = ["train_clean", "test_clean"] as const;
export const ALL_SPLITS: readonly string[] = ["train", "dev", "test", ...CLEAN_SPLITS, "all"];
