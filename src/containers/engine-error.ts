/**
 * Why the engine did not do what it was asked: it does not answer (`absent`: try again when it is back), what was named
 * is not there (`missing`), or it refused (`refused`: the message is the engine's own).
 */
export type EngineErrorKind = "absent" | "missing" | "refused";

export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly kind: EngineErrorKind;

  constructor(kind: EngineErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** What the engine's client threw, said in one way. `what` is what was tried, `address` where the engine should be. */
export function engineError(error: unknown, what: string, address: string): EngineError {
  if (error instanceof EngineError) return error;
  const { statusCode, json } = error as { statusCode?: number; json?: { message?: unknown } };
  if (typeof statusCode === "number") {
    const said = typeof json?.message === "string" ? json.message : messageOf(error);
    return new EngineError(statusCode === 404 ? "missing" : "refused", `could not ${what}: ${said}`, { cause: error });
  }
  // No status means no answer: the socket is not there, refuses, or broke off in the middle.
  return new EngineError("absent", `could not ${what}: no Docker engine answers at ${address} (${messageOf(error)})`, {
    cause: error,
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
