import { type History, ObservationLog } from "../../src/environments/webshop/engine/observation-log.ts";
import type { ObservationMode, Session } from "../../src/environments/webshop/engine/session.ts";

export interface TextStep {
  readonly state: string;
  readonly reward: number;
  readonly done: boolean;
  readonly acted: boolean;
}

/** A session with observations as the original's text environment puts them together. */
export class TextSession {
  readonly session: Session;
  readonly #mode: ObservationMode;
  readonly #log: ObservationLog;

  constructor(session: Session, mode: ObservationMode, history: History) {
    this.session = session;
    this.#mode = mode;
    this.#log = new ObservationLog(history);
  }

  /** The first observation. */
  start(): string {
    const observation = this.session.observe(this.#mode);
    this.#log.start(observation);
    return observation;
  }

  step(action: string): TextStep {
    const result = this.session.act(action);
    return { state: this.#log.next(action, this.session.observe(this.#mode)), ...result };
  }
}
