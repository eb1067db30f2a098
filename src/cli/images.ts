import packageJson from "../../package.json" with { type: "json" };
import { Engine } from "../containers/engine.ts";
import { buildImage } from "../containers/image.ts";
import { IMAGE_NAMES, imageTag, isImageName, ownImage } from "../containers/own-images.ts";

interface ImagesOptions {
  /** The image that ours start from; the Dockerfile's own when undefined. */
  readonly base: string | undefined;
}

/** Builds images of ours on the Docker engine, all of them when none is named. Returns the exit code. */
export async function runImagesBuild(names: readonly string[], { base }: ImagesOptions): Promise<number> {
  const unknown = names.find((name) => !isImageName(name));
  if (unknown !== undefined) {
    console.error(`no image "${unknown}"; there are: ${IMAGE_NAMES.join(", ")}`);
    return 2;
  }
  const engine = new Engine();
  const state = await engine.state();
  if (state.kind === "absent") throw new Error(state.message);
  const wanted = names.length === 0 ? IMAGE_NAMES : names.filter(isImageName);
  for (const name of wanted) {
    const build = ownImage(name, base ?? process.env.STEPWELL_BASE_IMAGE ?? null, process.env);
    const tag = imageTag(name, packageJson.version);
    const { id, bytes } = await buildImage(engine, tag, build, (line) => process.stderr.write(`${line}\n`));
    console.log(`${tag}  ${id.replace("sha256:", "").slice(0, 12)}  ${Math.round(bytes / 1e6)} MB`);
  }
  return 0;
}
