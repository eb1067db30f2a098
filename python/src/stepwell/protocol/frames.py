"""The frames of a message: requests, replies, events."""

from __future__ import annotations

from typing import Any

import msgspec

from .errors import BadFrameError, StepwellError, error_of

MOST_ID = 2**53 - 1


class WireError(msgspec.Struct, frozen=True):
    """The `err` of a reply."""

    code: str
    message: str = ""
    retryable: bool | None = None
    retry_after_ms: float | None = None
    details: dict[str, Any] | None = None

    def to_exception(self) -> StepwellError:
        """The exception of its code."""
        return error_of(self.code, self.message, self.retryable, self.retry_after_ms, self.details)


class Answer(msgspec.Struct, gc=False):
    """What a client receives: a reply (`re` with `ok` or `err`) or an event (`ev`).

    The event `closing` has `code` and `message` of an error. `ok` stays encoded until the call is known that it answers,
    and is then decoded into the class of that call's result.
    """

    re: int | None = None
    ok: msgspec.Raw = msgspec.Raw()
    err: WireError | None = None
    ev: str | None = None
    code: str | None = None
    message: str | None = None


_answers = msgspec.msgpack.Decoder(Answer | list[Answer])


def answers_of(message: bytes) -> list[Answer]:
    """The replies and events of a message from a server. Raises BadFrameError."""
    try:
        decoded = _answers.decode(message)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BadFrameError(f"the server sent what is no frame: {error}") from None
    answers = decoded if isinstance(decoded, list) else [decoded]
    for answer in answers:
        if answer.ev is None and (answer.re is None or (answer.err is None and not answer.ok)):
            raise BadFrameError("the server sent a frame that is neither reply nor event")
    return answers


def requests_of(value: Any) -> list[dict[str, Any]]:
    """The requests of a decoded message, for whoever serves. Raises BadFrameError."""
    frames = value if isinstance(value, list) else [value]
    for frame in frames:
        if not isinstance(frame, dict):
            raise BadFrameError("a message is a frame (a map) or an array of frames")
        number, op = frame.get("id"), frame.get("op")
        if type(number) is not int or not 1 <= number <= MOST_ID:
            raise BadFrameError("a request has an `id`: a whole number from 1 that rises with each request")
        if not isinstance(op, str):
            raise BadFrameError("a request has an `op`: a text")
    return frames
