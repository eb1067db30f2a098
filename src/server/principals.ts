import { createHash, timingSafeEqual } from "node:crypto";
import { ProtocolError } from "../protocol/errors.ts";

/** The principal of callers on a server without tokens. */
export const DEFAULT_PRINCIPAL = "default";

/** Tokens and the principals that they name. Without any, every caller is the default principal. */
export class Principals {
  readonly #digests: readonly { readonly digest: Buffer; readonly principal: string }[];

  constructor(tokens: ReadonlyMap<string, string>) {
    this.#digests = [...tokens].map(([token, principal]) => ({ digest: digest(token), principal }));
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

function digest(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** The token of an `Authorization: Bearer` header, or null. */
export function bearerToken(headers: Headers): string | null {
  return /^Bearer (.+)$/i.exec(headers.get("authorization") ?? "")?.[1] ?? null;
}
