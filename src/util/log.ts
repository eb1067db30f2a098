/** A line of the server's log: plain JSON, one object a line, so that whatever collects logs can read it. */
export interface Log {
  info(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** Writes each line with `write`; the time comes from the injected clock. */
export function jsonLog(write: (line: string) => void, now: () => number): Log {
  const line =
    (level: string) =>
    (message: string, fields: Record<string, unknown> = {}) =>
      write(JSON.stringify({ time: new Date(now()).toISOString(), level, message, ...fields }));
  return { info: line("info"), error: line("error") };
}
