import { z } from "zod";
import { decodeMessage } from "../../protocol/codec.ts";
import { ProtocolError } from "../../protocol/errors.ts";
import { WIRE_LIMITS } from "../../protocol/limits.ts";

/** The body of every POST of the older service; what a route does not need is ignored. */
const schema = z.object({
  env_type: z.string().nullish(),
  task_id: z.string().nullish(),
  instance_id: z.string().nullish(),
  messages: z.union([z.record(z.string(), z.json()), z.array(z.record(z.string(), z.json()))]).nullish(),
  step: z.int().min(0).nullish(),
  params: z.record(z.string(), z.json()).nullish(),
});

export type OlderBody = z.output<typeof schema>;

/** A body of a wrong form; the older service answers 422 with a row for each field. */
export class WrongBody extends Error {
  readonly detail: { loc: (string | number)[]; msg: string; type: string }[];

  constructor(error: z.ZodError) {
    super("the body has a wrong form");
    this.detail = error.issues.map(({ path, message, code }) => ({
      loc: ["body", ...path.map((part) => (typeof part === "number" ? part : String(part)))],
      msg: message,
      type: code,
    }));
  }
}

/** The body of a request. Throws ProtocolError on what is no JSON or too large, WrongBody on wrong types. */
export async function readBody(request: Request): Promise<OlderBody> {
  const length = Number(request.headers.get("content-length") ?? 0);
  if (length > WIRE_LIMITS.message_bytes) {
    throw new ProtocolError("too_large", `a body has at most ${WIRE_LIMITS.message_bytes} bytes`);
  }
  const parsed = schema.safeParse(decodeMessage(await request.text(), WIRE_LIMITS));
  if (parsed.success) return parsed.data;
  throw new WrongBody(parsed.error);
}
