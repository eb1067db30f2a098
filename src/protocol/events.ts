import type { EndReason, Failure } from "./messages.ts";

/**
 * What happened, for whoever counts: actors emit these and know nothing of metrics. Times are float seconds; `waited` is
 * the time in a line, `ran` the time with a worker.
 */
export type WellEvent =
  | { readonly kind: "created"; readonly env_type: string; readonly waited: number; readonly ran: number }
  | { readonly kind: "refused"; readonly env_type: string; readonly code: string }
  | {
      readonly kind: "ran";
      readonly env_type: string;
      readonly op: "step" | "evaluate" | "finish" | "inspect";
      readonly waited: number;
      readonly ran: number;
      readonly end_reason: EndReason | null;
      readonly parse_errors: number;
    }
  /** An episode that we failed: it has ended without a reward. */
  | { readonly kind: "failed"; readonly env_type: string; readonly failure: Failure["kind"] }
  | { readonly kind: "released"; readonly env_type: string; readonly reason: string }
  | { readonly kind: "bytes"; readonly direction: "in" | "out"; readonly bytes: number };

export type Emit = (event: WellEvent) => void;
