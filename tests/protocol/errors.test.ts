import { expect, test } from "bun:test";
import { ERROR_CODES, type ErrorCode, ProtocolError, type WireError } from "../../src/protocol/errors.ts";

const codes = Object.keys(ERROR_CODES) as ErrorCode[];

test("every close code is of the private range and belongs to one error", () => {
  const closes = codes.flatMap((code) => ERROR_CODES[code].close ?? []);
  expect(new Set(closes).size).toBe(closes.length);
  for (const close of closes) expect(close >= 4000 && close <= 4999).toBe(true);
});

test("what may be tried again is a status of the server's side or a redirect, and no caller's mistake is", () => {
  for (const code of codes) {
    const { http, retryable } = ERROR_CODES[code];
    if (retryable) expect([code, http >= 500 || http === 421]).toEqual([code, true]);
    else expect([code, http < 500 || http === 503]).toEqual([code, true]);
  }
});

test("an error survives the wire with everything that it says", () => {
  for (const code of codes) {
    const error = new ProtocolError(code, "why", { retry_after_ms: 5, details: { step: 2 } });
    const back = ProtocolError.fromWire(JSON.parse(JSON.stringify(error.toWire())) as WireError);
    expect(back).toBeInstanceOf(Error);
    expect(back.toWire()).toEqual(error.toWire());
  }
  expect(Object.keys(new ProtocolError("timeout", "why").toWire())).toEqual(["code", "message", "retryable"]);
});

test("a code of a newer server becomes internal, names itself, and keeps the server's word on trying again", () => {
  for (const code of ["too_sleepy", "constructor", "__proto__", "toString"]) {
    const wire = { code, message: "why", retryable: false } as unknown as WireError;
    const { code: known, message, retryable } = ProtocolError.fromWire(wire);
    expect({ known, message, retryable }).toEqual({ known: "internal", message: `${code}: why`, retryable: false });
  }
});

test("an error of a careless server is still an error", () => {
  const wire = { code: "timeout", retryable: "yes", retry_after_ms: null, details: null } as unknown as WireError;
  expect(ProtocolError.fromWire(wire).toWire()).toEqual({ code: "timeout", message: "undefined", retryable: true });
});

test("a message that quotes megabytes is cut before it leaves", () => {
  const { message } = new ProtocolError("bad_request", "x".repeat(1024 * 1024)).toWire();
  expect(message).toHaveLength(4099);
});
