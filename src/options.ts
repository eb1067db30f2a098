import { z } from "zod";

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** A size: a number of bytes, or one with a unit of 1024s, as `512MiB`, `6G`. */
const bytes = z.union([z.number(), z.string()]).transform((value, context) => {
  const [, amount, unit = ""] = /^\s*(\d+(?:\.\d+)?)\s*(?:([kmgt])i?)?b?\s*$/i.exec(String(value)) ?? [];
  const size = Math.floor(Number(amount) * (UNITS[unit.toLowerCase()] ?? 1));
  if (size > 0) return size;
  context.addIssue("expected bytes, or a size as 512MiB or 6GiB");
  return z.NEVER;
});

const flag = z.preprocess((value) => (value === "1" || value === "true" ? true : value), z.boolean().default(false));

function parseJson(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/**
 * Every option with its unit, default and environment variable. An option given by the caller wins over the environment
 * variable, which wins over the default.
 */
const shape = {
  /** Address to listen on; anything but loopback needs a token. STEPWELL_HOST. */
  host: z.string().min(1).default("127.0.0.1"),
  /** TCP port; 0 picks a free one. STEPWELL_PORT. */
  port: z.coerce.number().int().min(0).max(65535).default(8000),
  /** Path of a unix socket to listen on instead of host and port. STEPWELL_UNIX. */
  unix: z.string().min(1).optional(),
  /** Token that callers must show. STEPWELL_TOKEN. */
  token: z.string().min(1).optional(),
  /** Path of a JSON file `{"principal": "token", ...}`: each principal sees its own instances alone. STEPWELL_TOKENS_FILE. */
  tokens_file: z.string().min(1).optional(),
  /** Paths of a certificate and its key, PEM: both for TLS. STEPWELL_TLS_CERT, STEPWELL_TLS_KEY. */
  tls_cert: z.string().min(1).optional(),
  tls_key: z.string().min(1).optional(),
  /** Environments to serve; all native ones by default. STEPWELL_ENVIRONMENTS, separated by commas. */
  environments: z.preprocess(
    (value) => (typeof value === "string" ? value.split(",").map((name) => name.trim()) : value),
    z.array(z.string().min(1)).min(1).optional(),
  ),
  /**
   * Where instances live: `auto`, `in-process`, `thread`, `process`, `docker` or `dial-in`, for all or as `guess=process,...`. Auto
   * is this process for native environments, a thread where their steps are long (WebShop with a large catalogue); for others a
   * container where a Docker engine answers, else a process. STEPWELL_LAUNCHER.
   */
  launcher: z.string().min(1).default("auto"),
  /** Environments of your own as the commands of their workers, `{"mine": "python -m my_worker"}`. STEPWELL_WORKER_COMMANDS, as JSON. */
  worker_commands: z.preprocess(parseJson, z.record(z.string().min(1), z.string().min(1)).default({})),
  /** Token that workers show which dial in by themselves at /v1/worker; without it none is taken. STEPWELL_WORKER_TOKEN. */
  worker_token: z.string().min(1).optional(),
  /** Workers of each environment that are always there. STEPWELL_WORKERS. */
  workers: z.coerce.number().int().min(1).default(1),
  /** The most workers of each environment; by default as many as there are processors. STEPWELL_MAX_WORKERS. */
  max_workers: z.coerce.number().int().min(1).default(Math.max(1, navigator.hardwareConcurrency)),
  /** Free workers to hold ready beside those that are needed. STEPWELL_SPARE_WORKERS. */
  spare_workers: z.coerce.number().int().min(0).default(0),
  /** The most instances of one worker; by default what the worker says. STEPWELL_INSTANCES_PER_WORKER. */
  instances_per_worker: z.coerce.number().int().min(1).optional(),
  /** Seconds after which a worker that holds nothing is stopped, where there are more than `workers`. STEPWELL_WORKER_IDLE_S. */
  worker_idle_s: z.coerce.number().positive().default(300),
  /** Instances after which a worker is replaced. STEPWELL_RECYCLE_AFTER. */
  recycle_after: z.coerce.number().int().min(1).optional(),
  /** Size at which a worker is replaced, bytes or as `2GiB`. STEPWELL_RECYCLE_MEMORY. */
  recycle_memory: bytes.optional(),
  /** What all workers together may take, bytes or as `6GiB`. STEPWELL_MAX_MEMORY. */
  max_memory: bytes.optional(),
  /** Whether an environment whose engine runs what a model writes is refused outside of a container. STEPWELL_REQUIRE_CONTAINER. */
  require_container: flag,
  /** Memory of each container, bytes or as `6GiB`; by default what its environment needs. STEPWELL_CONTAINER_MEMORY. */
  container_memory: bytes.optional(),
  /** Processors of each container, fractions allowed; all by default. STEPWELL_CONTAINER_CPUS. */
  container_cpus: z.coerce.number().positive().optional(),
  /**
   * Whether every container runs as a user that is not root and has no capability. AppWorld then gives the processes that run a
   * model's code no uid of their own. STEPWELL_CONTAINER_NON_ROOT.
   */
  container_non_root: flag,
  /** Another runtime for containers than the engine's own, for example runsc. STEPWELL_CONTAINER_RUNTIME. */
  container_runtime: z.string().min(1).optional(),
  /** Short name of this machine; instance ids start with it. STEPWELL_NODE. */
  node: z
    .string()
    .regex(/^[a-z0-9]{1,16}$/)
    .default("n0"),
  /** Requests that wait for one instance. STEPWELL_QUEUE_LIMIT. */
  queue_limit: z.coerce.number().int().min(1).default(16),
  /** Creates that wait for one environment. STEPWELL_CREATE_QUEUE_LIMIT. */
  create_queue_limit: z.coerce.number().int().min(1).default(10_000),
  /** Instances of one create. STEPWELL_MAX_GROUP. */
  max_group: z.coerce.number().int().min(1).default(1024),
  /** Seconds for a create, its wait in line included. STEPWELL_CREATE_TIMEOUT_S. */
  create_timeout_s: z.coerce.number().positive().default(120),
  /** Seconds after which a worker that does not answer a step is given up. STEPWELL_WORKER_TIMEOUT_S. */
  worker_timeout_s: z.coerce.number().positive().default(60),
  /** Seconds for an evaluation. STEPWELL_EVALUATE_TIMEOUT_S. */
  evaluate_timeout_s: z.coerce.number().positive().default(60),
  /** Seconds an instance that no live session holds may lie idle. STEPWELL_IDLE_TIMEOUT_S. */
  idle_timeout_s: z.coerce.number().positive().default(300),
  /** The most that `params.idle_timeout_s` may ask for, seconds. STEPWELL_MAX_IDLE_TIMEOUT_S. */
  max_idle_timeout_s: z.coerce.number().positive().default(86_400),
  /** Seconds that a session outlives its socket. STEPWELL_SESSION_TIMEOUT_S. */
  session_timeout_s: z.coerce.number().positive().default(300),
  /** Seconds that live instances get to end when the server drains. STEPWELL_DRAIN_S. */
  drain_s: z.coerce.number().min(0).default(30),
};

const schema = z.strictObject(shape);

export type Options = z.output<typeof schema>;
export type OptionsInput = z.input<typeof schema>;

/** Validates options. Throws an Error that names each wrong one and what it should be. */
export function readOptions(given: OptionsInput, env: Readonly<Record<string, string | undefined>>): Options {
  const fromEnvironment = Object.fromEntries(
    Object.keys(shape).flatMap((name) => {
      const value = env[`STEPWELL_${name.toUpperCase()}`];
      return value === undefined || value === "" ? [] : [[name, value]];
    }),
  );
  const present = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const parsed = schema.safeParse({ ...fromEnvironment, ...present });
  if (parsed.success) return parsed.data;
  throw new Error(`wrong options:\n${z.prettifyError(parsed.error)}`);
}
