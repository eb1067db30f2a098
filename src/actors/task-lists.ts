import { ProtocolError } from "../protocol/errors.ts";
import type { JsonObject, TaskPage, TaskRow } from "../protocol/messages.ts";
import { type MaybePromise, whenSettled } from "../util/maybe-promise.ts";
import type { Outcome, WorkerCatalogue } from "./ports.ts";

export interface TaskQuery {
  readonly split: string;
  readonly filter: JsonObject;
}

/** The task lists of one environment: asked of a worker once for each split and filter, then kept. */
export class TaskLists {
  readonly #lists = new Map<string, readonly TaskRow[]>();

  /** The rows of a query, from the worker of this catalogue when they are not kept. */
  rows(catalogue: WorkerCatalogue, query: TaskQuery): MaybePromise<Outcome<readonly TaskRow[]>> {
    const key = JSON.stringify([query.split, query.filter]);
    const kept = this.#lists.get(key);
    if (kept) return { kind: "ok", value: kept };
    return whenSettled(catalogue.tasks(query), (outcome) => {
      if (outcome.kind === "ok" && this.#lists.size < MOST_LISTS) this.#lists.set(key, outcome.value);
      return outcome;
    });
  }
}

/** Lists kept for an environment: filters are the caller's, so their number has to end somewhere. */
const MOST_LISTS = 64;

/** A page of rows. The cursor is the index of its first row; a wrong one is the caller's mistake. */
export function page(rows: readonly TaskRow[], limit: number, cursor: string | null): TaskPage {
  const start = cursor === null ? 0 : Number(cursor);
  if (!Number.isSafeInteger(start) || start < 0 || start > rows.length) {
    throw new ProtocolError("bad_request", `no cursor "${cursor}" here: pass next_cursor of the page before it`);
  }
  const end = Math.min(rows.length, start + limit);
  return { tasks: rows.slice(start, end), next_cursor: end < rows.length ? String(end) : null, total: rows.length };
}
