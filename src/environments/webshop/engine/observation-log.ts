/** How many observations and actions before this one an observation repeats. */
export interface History {
  readonly observations: number;
  readonly actions: number;
}

const SEPARATOR = " [SEP] ";

/** Puts observations together with those and the actions before them, oldest first, as the original's text environment does. */
export class ObservationLog {
  readonly #history: History;
  #observations: readonly string[] = [];
  #actions: readonly string[] = [];

  constructor(history: History) {
    this.#history = history;
  }

  start(observation: string): void {
    this.#observations = [observation];
    this.#actions = [];
  }

  /** The observation after an action, with what it repeats. */
  next(action: string, observation: string): string {
    const { observations, actions } = this.#history;
    if (observations === 0 && actions === 0) return observation;
    this.#actions = [...this.#actions, action];
    const parts = [observation];
    for (let back = 1; back <= Math.max(observations, actions); back++) {
      const before = this.#actions.at(-back);
      if (before !== undefined && actions >= back) parts.push(before);
      const seen = this.#observations.at(-back);
      if (seen !== undefined && observations >= back) parts.push(seen);
    }
    // Only what a later observation repeats is kept: an episode would otherwise hold every page it saw.
    this.#observations = [...this.#observations, observation].slice(-Math.max(observations, 1));
    this.#actions = this.#actions.slice(-Math.max(actions, 1));
    return parts.reverse().join(SEPARATOR);
  }
}
