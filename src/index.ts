/**
 * Stepwell inside a Bun process:
 *
 *     import { createStepwell } from "stepwell";
 *
 *     await using well = await createStepwell({ environments: ["guess"] });
 *     await using instance = await well.create("guess", "guess_42");
 *     const { state } = await instance.step({ role: "assistant", content: "50" });
 *     const { reward } = await instance.evaluate();
 */
export type { Environment, Episode, EpisodeScore, EpisodeStart, EpisodeStep } from "./environments/environment.ts";
export type { Options, OptionsInput } from "./options.ts";
export { type CreateOptions, InstanceHandle, type Settled } from "./protocol/calls.ts";
export { ERROR_CODES, type ErrorCode, ProtocolError } from "./protocol/errors.ts";
export type {
  CreateResult,
  EndReason,
  Evaluation,
  Failure,
  Message,
  StepResult,
  TaskPage,
  TaskRow,
  Tool,
  ToolCall,
} from "./protocol/messages.ts";
export { createStepwell, type Stepwell, type StepwellParts } from "./stepwell.ts";
