import { z } from "zod";
import { ProtocolError } from "../../protocol/errors.ts";
import type { Message, TaskRow } from "../../protocol/messages.ts";
import { explain } from "../../protocol/ops.ts";
import type { Environment, Episode, EpisodeRequest, TaskQuery } from "../environment.ts";

/** Guess a number from 1 to 100. The smallest whole environment: docs/environments.md walks through this file. */
export const guess: Environment = {
  env_type: "guess",
  version: "1",
  engine: "guess 1",
  replay: "exact",
  data_sha256: null,
  splits: ["train", "test"],
  unavailable: [],
  tasks: ({ split, filter }: TaskQuery): readonly TaskRow[] => {
    const [unknown] = Object.keys(filter);
    if (unknown !== undefined) throw new ProtocolError("bad_request", `guess has no filters, so not "${unknown}"`);
    if (split !== "train" && split !== "test") {
      throw new ProtocolError("unknown_split", `guess has the splits train and test, not "${split}"`);
    }
    return Array.from({ length: 50 }, (_, index) => ({ task_id: `guess_${index * 2 + (split === "test" ? 2 : 1)}` }));
  },
  create: (request) => new GuessEpisode(request),
};

const params = z.strictObject({ tries: z.int().min(1).max(100).default(7) });

class GuessEpisode implements Episode {
  readonly tools = [];
  readonly prompt_sha256 = null;
  readonly info = {};
  readonly state: Message[];
  readonly #secret: number;
  readonly #tries: number;
  #guesses = 0;
  #solved = false;

  constructor(request: EpisodeRequest) {
    const secret = Number(/^guess_(\d+)$/.exec(request.task_id)?.[1]);
    if (!(secret >= 1 && secret <= 100)) {
      throw new ProtocolError("unknown_task", `no task "${request.task_id}"; there are guess_1 to guess_100`);
    }
    const parsed = params.safeParse(request.params);
    if (!parsed.success) {
      throw new ProtocolError(
        "bad_params",
        `params: ${explain(parsed.error)} (guess has tries, a whole number from 1 to 100)`,
      );
    }
    this.#secret = secret;
    this.#tries = parsed.data.tries;
    this.state = [{ role: "user", content: `Guess my number from 1 to 100. You have ${this.#tries} tries.` }];
  }

  step(action: Message) {
    const said = /\d+/.exec(action.content ?? "")?.[0];
    if (said === undefined) return this.#answer("Say a number.", ["no number in the message"]);
    this.#guesses++;
    this.#solved = Number(said) === this.#secret;
    if (this.#solved) return this.#answer("Right.", []);
    return this.#answer(Number(said) < this.#secret ? "Higher." : "Lower.", []);
  }

  evaluate() {
    const reward = this.#solved ? 1 : 0;
    const verdict = { valid: this.#solved, guesses: this.#guesses };
    return { reward, success: this.#solved, verdict, reward_parts: { sparse: reward } };
  }

  inspect() {
    return { tries_left: this.#tries - this.#guesses };
  }

  #answer(content: string, parse_errors: string[]) {
    const end_reason = this.#solved
      ? ("completed" as const)
      : this.#guesses >= this.#tries
        ? ("gave_up" as const)
        : null;
    const action = {
      valid: parse_errors.length === 0,
      format: parse_errors.length === 0 ? "text" : null,
      parse_errors,
    };
    const state: Message[] = [{ role: "user", content }];
    return { state, reward: this.#solved ? 1 : 0, end_reason, action };
  }
}
