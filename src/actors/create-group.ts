import type { ProtocolError } from "../protocol/errors.ts";
import type { CreateResult, JsonObject } from "../protocol/messages.ts";
import { unmetExpectation } from "./create-plan.ts";
import type { Instance } from "./instance.ts";
import type { Answer } from "./instance-requests.ts";

/**
 * Collects the creates of one group: all or none. The first that fails lets the others go, and the caller gets one
 * answer when none of them is left in the making.
 */
export class CreateGroup {
  readonly #instances: readonly Instance[];
  readonly #expect: JsonObject;
  readonly #done: (answer: Answer<CreateResult[]>) => void;
  readonly #results = new Map<string, CreateResult>();
  #error: ProtocolError | null = null;
  #open: number;

  constructor(instances: readonly Instance[], expect: JsonObject, done: (answer: Answer<CreateResult[]>) => void) {
    this.#instances = instances;
    this.#expect = expect;
    this.#open = instances.length;
    this.#done = done;
  }

  settle(instance_id: string, answer: Answer<CreateResult>): void {
    this.#open--;
    const error = answer.kind === "ok" ? unmetExpectation(this.#expect, answer.value.info.provenance) : answer.error;
    if (answer.kind === "ok") this.#results.set(instance_id, answer.value);
    if (error !== null && this.#error === null) {
      this.#error = error;
      for (const instance of this.#instances) instance.release("failed");
    }
    if (this.#open === 0) this.#done(this.#answer());
  }

  #answer(): Answer<CreateResult[]> {
    if (this.#error) return { kind: "error", error: this.#error };
    const value = this.#instances.flatMap(({ id }) => this.#results.get(id) ?? []);
    return { kind: "ok", value };
  }
}
