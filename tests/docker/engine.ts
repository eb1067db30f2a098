import { Engine } from "../../src/containers/engine.ts";

/**
 * The Docker engine of these tests: the one that DOCKER_HOST names, with the base image that STEPWELL_BASE_IMAGE names
 * (`.ci/docker start DIR` makes both and prints the two variables).
 */
const { DOCKER_HOST, STEPWELL_BASE_IMAGE, CI } = process.env;

/** Why these tests cannot run here; null when they can. With CI=true that is a failure. */
export const whyNoEngine: string | null =
  DOCKER_HOST && STEPWELL_BASE_IMAGE ? null : "DOCKER_HOST and STEPWELL_BASE_IMAGE are not set: see .ci/docker";

/** What a title says beside its name when its tests are not run. */
export const notRun: string = whyNoEngine === null ? "" : ` (not run: ${whyNoEngine})`;
export const isSkipped: boolean = whyNoEngine !== null && CI !== "true";

export function testEngine(): Engine {
  if (whyNoEngine !== null) throw new Error(whyNoEngine);
  return new Engine(DOCKER_HOST);
}

/** A small image with a shell: Debian. */
export function baseImage(): string {
  if (!STEPWELL_BASE_IMAGE) throw new Error(whyNoEngine ?? "no base image");
  return STEPWELL_BASE_IMAGE;
}

/** Ids of all containers on the engine, running or not. */
export async function containerIds(engine: Engine): Promise<string[]> {
  const found = await engine.call("list containers", (docker) => docker.listContainers({ all: true }));
  return found.map(({ Id }) => Id).sort();
}
