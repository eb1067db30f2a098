import type { Engine } from "../../src/containers/engine.ts";
import { splitLog } from "../../src/containers/logs.ts";
import { testEngine } from "./engine.ts";

/** The containers of the server that has this node's name. */
export class NodeContainers {
  readonly #filters: { label: string[] };
  readonly #engine: () => Engine;

  /** On the engine of all tests, or another one. */
  constructor(node: string, engine: () => Engine = testEngine) {
    this.#filters = { label: [`stepwell.node=${node}`] };
    this.#engine = engine;
  }

  /** Their ids: of all, or of those alone that run. */
  async ids(all = true): Promise<string[]> {
    const found = await this.#engine().call("list", (docker) => docker.listContainers({ all, filters: this.#filters }));
    return found.map(({ Id }) => Id);
  }

  /** What a shell's command prints in the first of them, as the user that its worker runs as. */
  async run(script: string): Promise<string> {
    const [id = ""] = await this.ids();
    return this.#engine().call("run a command", async (docker) => {
      const exec = await docker
        .getContainer(id)
        .exec({ Cmd: ["sh", "-c", script], AttachStdout: true, AttachStderr: true });
      const chunks: Uint8Array[] = [];
      for await (const chunk of await exec.start({})) chunks.push(chunk as Uint8Array);
      return splitLog(Buffer.concat(chunks));
    });
  }
}
