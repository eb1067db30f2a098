export { decodeMessage, type Encoded, type Encoding, encodeMessage, encodeReply, joinReplies } from "./codec.ts";
export { ERROR_CODES, type ErrorCode, ProtocolError, type WireError } from "./errors.ts";
export { type EventFrame, type Frame, type Reply, type RequestFrame, repliesOf, requestsOf } from "./frames.ts";
export { WIRE_LIMITS, type WireLimits } from "./limits.ts";
export type {
  ActionInfo,
  CreateInfo,
  CreateResult,
  EndReason,
  EnvironmentProfile,
  Evaluation,
  Failure,
  Json,
  JsonObject,
  Message,
  Provenance,
  RewardParts,
  StepInfo,
  StepResult,
  TaskPage,
  TaskRow,
  Tool,
  ToolCall,
} from "./messages.ts";
export { OPS, type Op, parseRequest, type Request, type RequestInput, type Welcome } from "./ops.ts";
export { PROTOCOL_VERSION, SUBPROTOCOL } from "./version.ts";
