/** Milliseconds that a server gets to answer. */
const ANSWER_MS = 4_000;

interface HealthOptions {
  /** "http://HOST:PORT" of the server; the port of STEPWELL_PORT on this machine when undefined. */
  readonly url: string | undefined;
  /** Ask whether its environments are loaded, and not only whether it lives. */
  readonly ready: boolean;
}

/** Asks a server how it is, for health checks of images without another client. Returns the exit code: 0 when well. */
export async function runHealth({ url, ready }: HealthOptions): Promise<number> {
  const server = url ?? `http://127.0.0.1:${process.env.STEPWELL_PORT || 8000}`;
  try {
    const response = await fetch(new URL(ready ? "/readyz" : "/healthz", server), {
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    console.log((await response.text()).trim());
    return response.ok ? 0 : 1;
  } catch (error) {
    console.error(`no answer from ${server}: ${error instanceof Error ? error.message : error}`);
    return 1;
  }
}
