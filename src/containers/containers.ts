import { nanoid } from "nanoid";
import { backoff } from "../util/backoff.ts";
import { Container, type ContainerSpec, removeContainer } from "./container.ts";
import type { Engine } from "./engine.ts";
import { EngineError } from "./engine-error.ts";
import { OURS, readLabels } from "./labels.ts";
import { type Owner, ownerState, thisProcess } from "./owner.ts";
import { addUsage, type Usage } from "./usage.ts";

export interface Reaped {
  /** Workers whose containers were removed. */
  readonly removed: readonly string[];
  /** Workers whose containers were left, because whether their server lives cannot be seen from here. */
  readonly left: readonly string[];
}

/** What was made that long ago and has ended is removed whoever owns it, seconds: a living owner has removed it before. */
const STALE_S = 600;
/** How long a removal is tried again while the engine does not answer, ms; after that the next `reap` does it. */
const REMOVAL_MS = 20_000;

/**
 * The containers of one server. Each is owned: it is removed by `remove`, or by `reap` when nobody is left to do so, also
 * after the server was killed.
 */
export class Containers {
  readonly engine: Engine;
  readonly #server = nanoid();
  readonly #node: string;
  readonly #here: Owner;
  /** Workers that have a container, or are about to (null). */
  readonly #live = new Map<string, { readonly env_type: string; readonly container: Container } | null>();

  constructor(engine: Engine, node: string, here: Owner = thisProcess()) {
    this.engine = engine;
    this.#node = node;
    this.#here = here;
  }

  /** Creates and starts a container. Rejects with an EngineError and leaves nothing behind. */
  async run(spec: ContainerSpec): Promise<Container> {
    const { worker_id, env_type } = spec;
    this.#live.set(worker_id, null);
    try {
      const labels = { server: this.#server, node: this.#node, worker_id, env_type, owner: this.#here };
      const container = await Container.run(this.engine, spec, labels);
      this.#live.set(worker_id, { env_type, container });
      return container;
    } catch (error) {
      this.#live.delete(worker_id);
      throw error;
    }
  }

  /** What the containers of each environment use now, added up; one that the engine cannot measure counts nothing. */
  async usage(): Promise<Map<string, Usage>> {
    const sums = new Map<string, Usage>();
    const measured = [...this.#live.values()].map(async (live) => {
      const usage = await live?.container.usage().catch(onlyEngineError);
      if (live && usage) sums.set(live.env_type, addUsage(sums.get(live.env_type), usage));
    });
    await Promise.all(measured);
    return sums;
  }

  /** Ends a container with everything in it. May be repeated; never rejects: what the engine cannot do now, `reap` does. */
  async remove(container: Container): Promise<void> {
    this.#live.delete(container.worker_id);
    const until = performance.now() + REMOVAL_MS;
    for (let attempt = 0; ; attempt++) {
      try {
        return await removeContainer(this.engine, container.id);
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        if (error.kind !== "absent" || performance.now() > until) return;
        await Bun.sleep(backoff(attempt, 100, 2_000, Math.random));
      }
    }
  }

  /**
   * Removes the containers that nobody owns any more: those of a server that is gone, and those that this one has given
   * up. What is not ours, and what belongs to a living server, is never touched. Rejects when the engine does not answer.
   */
  async reap(): Promise<Reaped> {
    const found = await this.engine.call("list containers", (docker) =>
      docker.listContainers({ all: true, filters: { label: [OURS] } }),
    );
    const removed: string[] = [];
    const left: string[] = [];
    for (const { Id, Labels, State, Created } of found) {
      const labels = readLabels(Labels);
      if (!labels) continue;
      const { server, worker_id } = labels;
      const owner = server === this.#server ? this.#ownState(worker_id) : ownerState(labels.owner, this.#here);
      const stale = State !== "running" && Date.now() / 1000 - Created > STALE_S;
      if (owner === "alive" || (owner === "unknown" && !stale)) {
        if (owner === "unknown") left.push(worker_id);
        continue;
      }
      await removeContainer(this.engine, Id);
      removed.push(worker_id);
    }
    return { removed, left };
  }

  #ownState(worker_id: string): "alive" | "dead" {
    return this.#live.has(worker_id) ? "alive" : "dead";
  }
}

function onlyEngineError(error: unknown): undefined {
  if (!(error instanceof EngineError)) throw error;
}
