import type { ObservationMode, Session } from "./session.ts";

/** How many observations and actions before this one an observation repeats. */
export interface History {
  readonly observations: number;
  readonly actions: number;
}

export interface TextStep {
  readonly state: string;
  readonly reward: number;
  readonly done: boolean;
  readonly acted: boolean;
}

const SEPARATOR = " [SEP] ";

/** A session with observations as the original's text environment puts them together. */
export class TextSession {
  readonly session: Session;
  readonly #mode: ObservationMode;
  readonly #history: History;
  #observations: string[] = [];
  #actions: string[] = [];

  constructor(session: Session, mode: ObservationMode, history: History) {
    this.session = session;
    this.#mode = mode;
    this.#history = history;
  }

  /** The first observation. */
  start(): string {
    const observation = this.session.observe(this.#mode);
    this.#observations = [observation];
    this.#actions = [];
    return observation;
  }

  step(action: string): TextStep {
    const result = this.session.act(action);
    const observation = this.session.observe(this.#mode);
    const { observations, actions } = this.#history;
    this.#actions.push(action);
    const parts = [observation];
    for (let back = 1; back <= Math.max(observations, actions); back++) {
      const before = this.#actions.at(-back);
      if (before !== undefined && actions >= back) parts.push(before);
      const seen = this.#observations.at(-back);
      if (seen !== undefined && observations >= back) parts.push(seen);
    }
    this.#observations.push(observation);
    // Only what a later observation repeats is kept: an episode would otherwise hold every page it saw.
    this.#observations = this.#observations.slice(-Math.max(observations, 1));
    this.#actions = this.#actions.slice(-Math.max(actions, 1));
    return { state: parts.reverse().join(SEPARATOR), ...result };
  }
}
