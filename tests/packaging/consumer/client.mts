// What a program with types, and without Bun's, writes against the package.
import { type Client, connect, type Evaluation, type InstanceHandle, ProtocolError } from "stepwell/client";
import { ERROR_CODES, type ErrorCode, PROTOCOL_VERSION, type StepResult, type Tool } from "stepwell/protocol";

export async function play(url: string): Promise<Evaluation> {
  const client: Client = await connect(url, { token: "secret", encoding: "json" });
  const instance: InstanceHandle = await client.create("guess", "guess_42", { seed: 1 });
  const step: StepResult = await instance.step({ role: "assistant", content: "50" });
  const terminated: boolean = step.is_terminated;
  if (!terminated) await instance.release();
  return instance.evaluate();
}

export function isRetryable(error: unknown): boolean {
  return error instanceof ProtocolError && ERROR_CODES[error.code satisfies ErrorCode].retryable;
}

export const version: 1 = PROTOCOL_VERSION;
export const names = (tools: readonly Tool[]) => tools.length;

// @ts-expect-error the types are real ones: a number is no address
export const wrong = connect(8000);
