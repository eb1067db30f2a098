import { ProtocolError } from "../protocol/errors.ts";
import type { Request } from "../protocol/ops.ts";
import { whenSettled } from "../util/maybe-promise.ts";
import type { Answer } from "./instance-requests.ts";
import type { Caller, System } from "./system.ts";

/**
 * Does what a validated request asks of the system and answers once. Whatever is thrown on the way is an error answer:
 * a ProtocolError as it is, anything else as `internal` without its stack.
 */
export function perform(
  system: System,
  caller: Caller,
  request: Request,
  reply: (answer: Answer<unknown>) => void,
): void {
  const refuse = (error: unknown) => reply({ kind: "error", error: asProtocolError(error) });
  try {
    start(system, caller, request, reply, refuse);
  } catch (error) {
    refuse(error);
  }
}

function start(
  system: System,
  caller: Caller,
  request: Request,
  reply: (answer: Answer<unknown>) => void,
  refuse: (error: unknown) => void,
): void {
  const ok = (value: unknown) => reply({ kind: "ok", value });
  switch (request.op) {
    case "step":
      return system.step(caller, request, reply);
    case "create":
      return system.create(caller, request, (answer) => {
        if (answer.kind === "error") return reply(answer);
        // A group answers with its items, also a group of one, when the caller asked for `n`.
        ok(request.n === null ? answer.value[0] : { items: answer.value });
      });
    case "evaluate":
      return system.evaluate(caller, request.instance_id, reply);
    case "finish":
      return system.finish(caller, request.instance_id, reply);
    case "info":
      return system.info(caller, request.instance_id, request.query, reply);
    case "release":
      return ok({ released: system.release(caller, request.instance_id) });
    case "cancel":
      return ok({ cancelled: system.cancel(caller, request) });
    case "tasks": {
      const page = system.tasks(request);
      if (page instanceof Promise) page.then(ok, refuse);
      else ok(page);
      return;
    }
    case "env_profile": {
      const profile = system.profile(request.env_type);
      const all = system.tasks({ ...request, limit: Number.MAX_SAFE_INTEGER, cursor: null });
      const listed = whenSettled(all, ({ tasks }) => ok({ ...profile, task_ids: tasks.map(({ task_id }) => task_id) }));
      if (listed instanceof Promise) listed.catch(refuse);
      return;
    }
    case "hello":
      throw new ProtocolError("bad_request", "hello was said on this socket: open another one for another session");
    case "ack":
      throw new ProtocolError("bad_request", "ack belongs to the socket of a session");
    case "ping":
      return ok({});
    case "fork":
    case "watch":
      throw new ProtocolError("unsupported_op", `"${request.op}" is reserved: this server lacks it`);
  }
}

function asProtocolError(error: unknown): ProtocolError {
  if (error instanceof ProtocolError) return error;
  return new ProtocolError("internal", error instanceof Error ? error.message : String(error));
}
