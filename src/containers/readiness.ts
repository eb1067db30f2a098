import type { Container } from "./container.ts";

/** When a container counts as ready. `reached` resolves then, and gives up when the signal says so. */
export interface Readiness {
  /** Completes "waited for". */
  readonly what: string;
  reached(container: Container, signal: AbortSignal): Promise<unknown>;
}

/** Ready when something of ours happened, for example when its worker dialled in. */
export function happened(what: string, event: Promise<unknown>): Readiness {
  return { what, reached: () => event };
}

/** Ready when it printed a line that matches. */
export function printed(pattern: RegExp, every_ms = 250): Readiness {
  return {
    what: `output like ${pattern}`,
    async reached(container, signal) {
      while (!signal.aborted && !pattern.test(await container.log(1_000))) await Bun.sleep(every_ms);
    },
  };
}

/**
 * Waits until a container is ready. Rejects with an Error that holds its last output when it ended before, or when
 * `timeout_ms` passed or `signal` was aborted; the container is the caller's to remove either way.
 */
export async function untilReady(
  container: Container,
  readiness: Readiness,
  timeout_ms: number,
  signal?: AbortSignal,
): Promise<void> {
  const stop = new AbortController();
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(
    () => late.resolve(`the container was not ready in ${timeout_ms / 1000} s: waited for ${readiness.what}`),
    timeout_ms,
  );
  const onAbort = () => late.resolve("the container was given up before it was ready");
  signal?.addEventListener("abort", onAbort);
  if (signal?.aborted) onAbort();
  try {
    const problem = await Promise.race([
      readiness.reached(container, stop.signal).then(() => null),
      container.exited.then(({ reason }) => reason),
      late.promise,
    ]);
    if (problem !== null) throw new Error(withLog(problem, await container.log()));
  } finally {
    stop.abort();
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

function withLog(problem: string, log: string): string {
  return log.trim() === "" ? problem : `${problem}; its last output:\n${log.trimEnd()}`;
}
