import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { machineCertificates } from "./build-context.ts";
import type { ImageBuild } from "./image.ts";

/** What each image of ours is made of: paths from the root of the project. */
const IMAGES = {
  appworld: [
    "images/appworld/Dockerfile",
    "images/appworld/pyproject.toml",
    "images/appworld/src",
    "python/pyproject.toml",
    "python/README.md",
    "python/src",
  ],
  stepwell: ["images/stepwell/Dockerfile", "package.json", "package-lock.json", ".npmrc", "bin", "src"],
} as const satisfies Record<string, readonly string[]>;

export type ImageName = keyof typeof IMAGES;

export const IMAGE_NAMES = Object.keys(IMAGES) as readonly ImageName[];

export function isImageName(name: string): name is ImageName {
  return Object.hasOwn(IMAGES, name);
}

/** Settings of this machine's package managers that a build needs as well. */
const PASSED_ON = ["PIP_INDEX_URL", "NPM_CONFIG_REGISTRY"];

/**
 * How to build an image of ours here. `base` is the image that it starts from, the Dockerfile's own when null. Throws an
 * Error where the files are not: an executable has none of them.
 */
export function ownImage(
  name: ImageName,
  base: string | null,
  env: Readonly<Record<string, string | undefined>>,
): ImageBuild {
  const folder = resolve(import.meta.dir, "../..");
  const dockerfile = `images/${name}/Dockerfile`;
  if (!existsSync(join(folder, dockerfile))) {
    throw new Error(`${dockerfile} is not here: build images from a checkout or an installed package`);
  }
  const passed = PASSED_ON.flatMap((key) => (env[key] ? [[key, env[key]]] : []));
  return {
    dockerfile,
    context: { folder, entries: IMAGES[name], certificates: machineCertificates(env) },
    args: { ...Object.fromEntries(passed), ...(base === null ? {} : { BASE_IMAGE: base }) },
  };
}

/** What an image of ours is called: `stepwell` is the server, the others carry their environment's name behind it. */
export function imageTag(name: ImageName, version: string): string {
  return `${name === "stepwell" ? "stepwell" : `stepwell-${name}`}:${version}`;
}
