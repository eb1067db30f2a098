import { createHash, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { ProtocolError } from "../protocol/errors.ts";

const tokensFile = z.record(z.string().min(1), z.string().min(1));

/** The principal of callers on a server without tokens. */
export const DEFAULT_PRINCIPAL = "default";

/** Tokens and the principals that they name. Without any, every caller is the default principal. */
export class Principals {
  readonly #digests: readonly { readonly digest: Buffer; readonly principal: string }[];

  constructor(tokens: ReadonlyMap<string, string>) {
    this.#digests = [...tokens].map(([token, principal]) => ({ digest: digest(token), principal }));
  }

  /** Whether a caller has to show a token. */
  get required(): boolean {
    return this.#digests.length > 0;
  }

  /** The principal that a token names. Compares with every token in constant time. Throws `unauthorized`. */
  identify(token: string | null): string {
    if (this.#digests.length === 0) return DEFAULT_PRINCIPAL;
    if (token === null)
      throw new ProtocolError("unauthorized", "a token is needed: `Authorization: Bearer TOKEN`, or `token` in hello");
    const given = digest(token);
    let found: string | null = null;
    for (const { digest: known, principal } of this.#digests) if (timingSafeEqual(known, given)) found = principal;
    if (found === null) throw new ProtocolError("unauthorized", "the token is not known here");
    return found;
  }
}

/**
 * The tokens of the options: one for the default principal, and a file of principals with theirs. Throws an Error that
 * says what is wrong with the file.
 */
export function readTokens(options: {
  token?: string | undefined;
  tokens_file?: string | undefined;
}): Map<string, string> {
  const tokens = new Map<string, string>();
  if (options.token !== undefined) tokens.set(options.token, DEFAULT_PRINCIPAL);
  if (options.tokens_file === undefined) return tokens;
  let file: unknown;
  try {
    file = JSON.parse(readFileSync(options.tokens_file, "utf8"));
  } catch (error) {
    throw new Error(
      `tokens_file ${options.tokens_file} cannot be read: ${error instanceof Error ? error.message : error}`,
    );
  }
  const parsed = tokensFile.safeParse(file);
  if (!parsed.success) throw new Error(`tokens_file ${options.tokens_file} has to be {"principal": "token", ...}`);
  for (const [principal, token] of Object.entries(parsed.data)) {
    if (tokens.has(token))
      throw new Error(`tokens_file ${options.tokens_file}: ${principal} has the token of another principal`);
    tokens.set(token, principal);
  }
  return tokens;
}

function digest(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** The token of an `Authorization: Bearer` header, or null. */
export function bearerToken(headers: Headers): string | null {
  return /^Bearer (.+)$/i.exec(headers.get("authorization") ?? "")?.[1] ?? null;
}
