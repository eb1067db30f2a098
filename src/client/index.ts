export { type CreateOptions, InstanceHandle, type Settled } from "../protocol/calls.ts";
export { type ErrorCode, ProtocolError } from "../protocol/errors.ts";
export type { CreateResult, Evaluation, Message, StepResult, TaskPage, TaskRow, Tool } from "../protocol/messages.ts";
export { Client, type ConnectOptions, connect } from "./client.ts";
