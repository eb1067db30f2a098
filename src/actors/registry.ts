import { ProtocolError } from "../protocol/errors.ts";
import type { Instance } from "./instance.ts";

/** Every live instance by its id. Another principal's instance does not exist for a caller. */
export class InstanceRegistry {
  readonly #instances = new Map<string, Instance>();

  get size(): number {
    return this.#instances.size;
  }

  add(instance: Instance): void {
    this.#instances.set(instance.id, instance);
  }

  remove(instance_id: string): Instance | undefined {
    const instance = this.#instances.get(instance_id);
    this.#instances.delete(instance_id);
    return instance;
  }

  has(instance_id: string): boolean {
    return this.#instances.has(instance_id);
  }

  find(principal: string, instance_id: string): Instance | undefined {
    const instance = this.#instances.get(instance_id);
    return instance?.spec.header.principal === principal ? instance : undefined;
  }

  get(principal: string, instance_id: string): Instance {
    const instance = this.find(principal, instance_id);
    if (instance) return instance;
    throw new ProtocolError(
      "unknown_instance",
      `there is no instance ${instance_id}: it was released, or never created`,
    );
  }

  all(): Instance[] {
    return [...this.#instances.values()];
  }

  of(principal: string): Instance[] {
    return this.all().filter((instance) => instance.spec.header.principal === principal);
  }
}
