import { type BuildContext, packContext } from "./build-context.ts";
import type { Engine } from "./engine.ts";
import { EngineError } from "./engine-error.ts";

/** Told of long work, a line at a time. */
export type Progress = (line: string) => void;

export interface ImageBuild {
  readonly context: BuildContext;
  /** Path of the Dockerfile, from the context's folder. */
  readonly dockerfile: string;
  readonly args: Readonly<Record<string, string>>;
}

export interface ImageFacts {
  readonly id: string;
  readonly bytes: number;
  readonly architecture: string;
  /** The user that its program runs as; empty for root. */
  readonly user: string;
}

/** A build that takes longer is given up, ms. */
const BUILD_TIMEOUT_MS = 30 * 60_000;
/** What programs print to colour their output. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are control characters
const COLOUR = /\u001b\[[0-9;]*m/g;
/** Lines of a build's output that a failed one shows. */
const SHOWN_LINES = 25;

/** What the engine knows of an image; null when it has none of that name. */
export async function findImage(engine: Engine, name: string): Promise<ImageFacts | null> {
  try {
    const info = await engine.call(`look for the image ${name}`, (docker) => docker.getImage(name).inspect());
    return { id: info.Id, bytes: info.Size, architecture: info.Architecture, user: info.Config?.User ?? "" };
  } catch (error) {
    if (error instanceof EngineError && error.kind === "missing") return null;
    throw error;
  }
}

/** Builds an image. Rejects with an Error that holds the last lines of the build's output. */
export async function buildImage(
  engine: Engine,
  name: string,
  build: ImageBuild,
  progress: Progress,
): Promise<ImageFacts> {
  const lines: string[] = [];
  await engine.call(
    `build ${name}`,
    async (docker, abortSignal) => {
      const stream = await docker.buildImage(packContext(build.context), {
        t: name,
        dockerfile: build.dockerfile,
        buildargs: { ...build.args },
        // Containers of its steps are removed, also when it fails.
        rm: true,
        forcerm: true,
        abortSignal,
      });
      for await (const { stream: text, error } of objectsOf(stream)) {
        for (const line of (text ?? error ?? "")
          .replace(COLOUR, "")
          .split("\n")
          .map((each) => each.trimEnd())) {
          if (line === "") continue;
          lines.push(line);
          if (/^Step \d+\/\d+ : /.test(line)) progress(`${name}: ${line}`);
        }
        if (error !== undefined) {
          throw new EngineError(
            "refused",
            `could not build ${name}; the last lines:\n${lines.slice(-SHOWN_LINES).join("\n")}`,
          );
        }
      }
    },
    BUILD_TIMEOUT_MS,
  );
  const made = await findImage(engine, name);
  if (!made) throw new EngineError("refused", `the build of ${name} ended without an image: ${lines.at(-1) ?? ""}`);
  return made;
}

interface BuildLine {
  readonly stream?: string;
  readonly error?: string;
}

/** The engine's answer: one JSON object a line. */
async function* objectsOf(stream: NodeJS.ReadableStream): AsyncGenerator<BuildLine> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    rest += decoder.decode(chunk as Uint8Array, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.trim() !== "") yield JSON.parse(line) as BuildLine;
  }
  if (rest.trim() !== "") yield JSON.parse(rest) as BuildLine;
}
