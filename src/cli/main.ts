import { Command, InvalidArgumentError } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import type { ScoreOptions } from "../environments/native.ts";
import { ProtocolError } from "../protocol/errors.ts";
import { runBench } from "./bench.ts";
import { runEcho } from "./bench-echo.ts";
import { runDemo } from "./demo.ts";
import { runHealth } from "./health.ts";
import { runImagesBuild } from "./images.ts";
import { runPull } from "./pull.ts";
import { runScore } from "./score.ts";
import { runServe } from "./serve.ts";
import { runTasks } from "./tasks.ts";
import { runWebshopBuild, runWebshopGenerate } from "./webshop.ts";
import { runWorker } from "./worker.ts";

interface ServeFlags {
  host?: string;
  port?: number;
  unix?: string;
  token?: string;
  tokensFile?: string;
  tlsCert?: string;
  tlsKey?: string;
  env?: string;
  drain?: number;
  launcher?: string;
  worker?: string[];
  workers?: number;
  maxWorkers?: number;
  instancesPerWorker?: number;
  maxMemory?: string;
  requireContainer?: boolean;
  containerMemory?: string;
  containerNonRoot?: boolean;
}

/** Exit codes: 0 done, 1 it went wrong, 2 wrong usage. */
const program = new Command("stepwell")
  .description("The environment server for LLM-RL trainers.")
  .version(packageJson.version)
  .showHelpAfterError()
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

program
  .command("serve")
  .description("serve environments over a WebSocket at /v1")
  .option("--host <host>", "address to listen on (default 127.0.0.1)")
  .option("--port <port>", "TCP port, 0 for a free one (default 8000)", wholeNumber)
  .option("--unix <path>", "listen on a unix socket instead")
  .option("--token <token>", "token that callers must show (better: STEPWELL_TOKEN)")
  .option("--tokens-file <path>", "JSON file {principal: token} for several principals")
  .option("--tls-cert <path>", "certificate, PEM")
  .option("--tls-key <path>", "its key, PEM")
  .option("--env <names>", "environments to serve, separated by commas (default all)")
  .option("--drain <seconds>", "time that live instances get to end on SIGTERM (default 30)", Number)
  .option(
    "--launcher <kind>",
    "auto, in-process, thread, process, docker or dial-in; for all, or as guess=process,bfcl=docker",
  )
  .option("--worker <name=command...>", "an environment of your own, as the command of its worker")
  .option("--workers <n>", "workers of each environment that are always there (default 1)", wholeNumber)
  .option("--max-workers <n>", "the most of them (default: the processors)", wholeNumber)
  .option("--instances-per-worker <n>", "the most instances of one (default: what it says itself)", wholeNumber)
  .option("--max-memory <size>", "what all workers together may take, as 6GiB")
  .option("--container-memory <size>", "memory of each container, as 6GiB (default: what its environment needs)")
  .option(
    "--container-non-root",
    "no container runs as root or has a capability (AppWorld loses a wall: docs/containers.md)",
  )
  .option("--require-container", "serve nothing that runs a model's code outside of a container")
  .addHelpText(
    "after",
    "\nExamples:\n  stepwell serve\n  stepwell serve --port 9000 --env bfcl\n  STEPWELL_TOKEN=secret stepwell serve --host 0.0.0.0\n  stepwell serve --worker 'mine=python -m my_worker'",
  )
  .action((flags: ServeFlags) => {
    const { env, drain, tokensFile, tlsCert, tlsKey, worker, maxWorkers, instancesPerWorker, ...rest } = flags;
    const { maxMemory, requireContainer, containerMemory, containerNonRoot, ...same } = rest;
    const given = {
      ...same,
      ...{ environments: env, drain_s: drain, tokens_file: tokensFile, tls_cert: tlsCert, tls_key: tlsKey },
      ...{ max_workers: maxWorkers, instances_per_worker: instancesPerWorker, max_memory: maxMemory },
      ...{ require_container: requireContainer, container_memory: containerMemory },
      container_non_root: containerNonRoot,
      worker_commands: worker && Object.fromEntries(worker.map(keyAndValue)),
    };
    return finish(() => runServe(given));
  });

program
  .command("demo")
  .description("start a server and solve every task of an environment through it")
  .argument("[environment]", "what to show", "bfcl")
  .option("--concurrency <n>", "episodes at a time", wholeNumber, 64)
  .option("--limit <n>", "only the first n tasks", wholeNumber)
  .addHelpText("after", "\nExamples:\n  stepwell demo\n  stepwell demo guess\n  stepwell demo bfcl --limit 50")
  .action((environment: string, flags: { concurrency: number; limit?: number }) =>
    finish(() => runDemo(environment, { concurrency: flags.concurrency, limit: flags.limit ?? null })),
  );

program
  .command("pull")
  .description("fetch the data of an environment")
  .argument("<environment>")
  .option("--from <folder>", "take them from a folder that has them")
  .option("--memory-vector", "bfcl: only the model of memory_vector (84 MB)", false)
  .option("--mini", "appworld: make a small set of invented tasks instead", false)
  .addHelpText(
    "after",
    [
      "\nExamples:\n  stepwell pull bfcl\n  stepwell pull bfcl --memory-vector\n  stepwell pull webshop --from ./webshop-data",
      "\n  stepwell pull appworld --mini",
    ].join(""),
  )
  .action((environment: string, flags: { from?: string; memoryVector: boolean; mini: boolean }) => {
    const part = flags.memoryVector ? "memory-vector" : null;
    return finish(() => runPull(environment, { from: flags.from ?? null, part, mini: flags.mini }));
  });

program
  .command("tasks")
  .description("list the tasks of an environment")
  .argument("<environment>")
  .option("--split <split>", "which split", "all")
  .option("--filter <key=value...>", "only rows that match", [])
  .option("--json", "one JSON object a line", false)
  .option("--limit <n>", "only the first n", wholeNumber)
  .addHelpText(
    "after",
    "\nExamples:\n  stepwell tasks bfcl --split train_clean\n  stepwell tasks bfcl --filter category=multi_turn_base --json",
  )
  .action((environment: string, flags: { split: string; filter: string[]; json: boolean; limit?: number }) =>
    finish(() => {
      const filter = Object.fromEntries(flags.filter.map(keyAndValue));
      return runTasks(environment, { split: flags.split, filter, json: flags.json, limit: flags.limit ?? null });
    }),
  );

program
  .command("score")
  .description("score files of model outputs in a benchmark's own format")
  .argument("<environment>")
  .argument("<files...>", "result files, or folders with them")
  .option(
    "--names <how>",
    "how functions with dots in their names were shown: dots, underscores, auto",
    nameForm,
    "auto",
  )
  .option(
    "--compat <how>",
    "official decides as the benchmark's own evaluation, fixed without its known defects",
    compatibility,
    "official",
  )
  .option("--json <path>", "where to write the scores (default stepwell-score.json beside the first file)")
  .addHelpText(
    "after",
    "\nExamples:\n  stepwell score bfcl result/my-model\n  stepwell score bfcl BFCL_v4_simple_python_result.json --json scores.json",
  )
  .action((environment: string, files: string[], flags: Pick<ScoreOptions, "names" | "compat"> & { json?: string }) =>
    finish(() => runScore(environment, files, { names: flags.names, compat: flags.compat, json: flags.json ?? null })),
  );

program
  .command("worker")
  .description("host a native environment for a server that this process dials")
  .requiredOption("--env <name>", "the environment")
  .option("--url <url>", "ws://HOST:PORT/v1/worker of the server (default STEPWELL_WORKER_URL)")
  .option("--capacity <n>", "instances at once (default 1000)", wholeNumber)
  .addHelpText(
    "after",
    "\nExample:\n  STEPWELL_WORKER_TOKEN=secret stepwell worker --env bfcl --url ws://head:8000/v1/worker",
  )
  .action((flags: { env: string; url?: string; capacity?: number }) =>
    finish(() => runWorker({ environment: flags.env, url: flags.url, capacity: flags.capacity })),
  );

program
  .command("images")
  .description("container images of the server and of the environments")
  .command("build")
  .description("build images with the Docker engine of this machine, or the one of DOCKER_HOST")
  .argument("[names...]", "which ones (default all)")
  .option("--base-image <image>", "start from this image (default STEPWELL_BASE_IMAGE, else the one of the Dockerfile)")
  .addHelpText(
    "after",
    "\nExamples:\n  stepwell images build\n  stepwell images build stepwell --base-image debian:bookworm-slim",
  )
  .action((names: string[], flags: { baseImage?: string }) =>
    finish(() => runImagesBuild(names, { base: flags.baseImage })),
  );

program
  .command("health")
  .description("ask a running server how it is; the exit code says it")
  .option("--url <url>", "http://HOST:PORT of the server (default this machine, STEPWELL_PORT or 8000)")
  .option("--ready", "ask whether its environments are loaded", false)
  .addHelpText("after", "\nExamples:\n  stepwell health\n  stepwell health --ready --url http://127.0.0.1:9000")
  .action((flags: { url?: string; ready: boolean }) => finish(() => runHealth({ url: flags.url, ready: flags.ready })));

program
  .command("bench")
  .description("measure steps over a socket beside an echo server of the same stack")
  .option("--json", "figures as JSON", false)
  .addHelpText("after", "\nExample:\n  stepwell bench --json")
  .action((flags: { json: boolean }) => finish(() => runBench(flags)));

program.command("bench-echo", { hidden: true }).action(() => finish(runEcho));

const webshop = program.command("webshop").description("catalogues of the webshop environment");

webshop
  .command("build")
  .description("build a catalogue from the original's files, to serve it with STEPWELL_WEBSHOP_DATA here or elsewhere")
  .argument("<from>", "folder with items_shuffle*.json, items_ins_v2*.json and items_human_ins.json")
  .argument("<to>", "folder to build")
  .addHelpText("after", "\nExample:\n  stepwell webshop build ./webshop-data ./catalogue")
  .action((from: string, to: string) => finish(() => runWebshopBuild(from, to)));

webshop
  .command("generate")
  .description("write a generated catalogue in the original's formats")
  .argument("<to>", "folder for the files")
  .option("--products <n>", "how many", wholeNumber, 1000)
  .option("--seed <n>", "another seed is another catalogue", wholeNumber, 1)
  .addHelpText("after", "\nExample:\n  stepwell webshop generate ./webshop-data --products 5000")
  .action((to: string, flags: { products: number; seed: number }) => finish(() => runWebshopGenerate(to, flags)));

await program.parseAsync();

async function finish(run: () => Promise<number>): Promise<never> {
  try {
    process.exit(await run());
  } catch (error) {
    console.error(error instanceof ProtocolError || error instanceof Error ? `stepwell: ${error.message}` : error);
    process.exit(1);
  }
}

function nameForm(text: string): ScoreOptions["names"] {
  if (text === "dots" || text === "underscores" || text === "auto") return text;
  throw new InvalidArgumentError("expected dots, underscores or auto");
}

function compatibility(text: string): ScoreOptions["compat"] {
  if (text === "official" || text === "fixed") return text;
  throw new InvalidArgumentError("expected official or fixed");
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError("expected a whole number");
  return value;
}

function keyAndValue(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError(`expected key=value, not "${text}"`);
  return [text.slice(0, at), text.slice(at + 1)];
}
