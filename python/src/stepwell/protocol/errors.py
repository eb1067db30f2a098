"""The errors of the protocol: one class for each code of the table in docs/protocol.md (held together by a test).

Catch `StepwellError` for any of them, or the class of one; `retryable` says whether the same call may succeed later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping


class StepwellError(Exception):
    """A caller's mistake, or a refusal: it has a code, and a message that says what to do.

    Never a model's mistake (that is an observation), and never a failure of the service in the middle of an episode
    (that is `failure` in a result).
    """

    code: str = "internal"
    """Its code in the table of docs/protocol.md."""
    http: ClassVar[int] = 500
    """Status that an HTTP route answers with."""
    close: ClassVar[int | None] = None
    """Close code of the WebSocket where the error ends the connection."""
    always_retryable: ClassVar[bool] = False

    def __init_subclass__(
        cls, *, code: str | None = None, http: int = 500, close: int | None = None, retryable: bool = False
    ) -> None:
        super().__init_subclass__()
        if code is None:
            return
        cls.code = code
        cls.http = http
        cls.close = close
        cls.always_retryable = retryable
        ERRORS[code] = cls

    def __init__(
        self,
        message: str,
        *,
        retryable: bool | None = None,
        retry_after: float | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """`retry_after` is in seconds; `retryable` is that of the code unless the server said otherwise."""
        super().__init__(message)
        self.message = message
        self.retryable = self.always_retryable if retryable is None else retryable
        self.retry_after = retry_after
        self.details: dict[str, Any] = dict(details or {})

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def to_wire(self) -> dict[str, Any]:
        """The error as it stands in the `err` of a reply."""
        wire: dict[str, Any] = {"code": self.code, "message": self.message[:MOST_MESSAGE], "retryable": self.retryable}
        if self.retry_after is not None:
            wire["retry_after_ms"] = self.retry_after * 1000
        if self.details:
            wire["details"] = self.details
        return wire


ERRORS: dict[str, type[StepwellError]] = {}
"""The class of each code."""

MOST_MESSAGE = 4096
"""Characters of a message on the wire: it may quote what the caller sent, and that may be megabytes."""


class BadFrameError(StepwellError, code="bad_frame", http=400, close=4400):
    """The message is no frame or batch of frames."""


class TooLargeError(StepwellError, code="too_large", http=413, close=4413):
    """The message is larger than the limit."""


class TooDeepError(StepwellError, code="too_deep", http=400, close=4414):
    """The message is nested deeper or has more items than the limit."""


class BadRequestError(StepwellError, code="bad_request", http=400):
    """A field is missing or has a wrong type."""


class BadParamsError(StepwellError, code="bad_params", http=400):
    """A parameter is unknown to the environment or wrong."""


class UnsupportedOpError(StepwellError, code="unsupported_op", http=404):
    """The op is unknown or not built."""


class UnsupportedVersionError(StepwellError, code="unsupported_version", http=400, close=4405):
    """Client and server share no protocol version."""


class UnauthorizedError(StepwellError, code="unauthorized", http=401, close=4401):
    """The token is missing or wrong."""


class ForbiddenError(StepwellError, code="forbidden", http=403, close=4403):
    """The Origin or Host is not allowed."""


class UnknownEnvironmentError(StepwellError, code="unknown_environment", http=400):
    """No such environment is served."""


class UnavailableEnvironmentError(StepwellError, code="unavailable_environment", http=503):
    """The environment cannot be served here; the message says why."""


class UnknownSplitError(StepwellError, code="unknown_split", http=400):
    """The environment has no such split."""


class UnknownTaskError(StepwellError, code="unknown_task", http=400):
    """The environment has no such task."""


class UnknownInstanceError(StepwellError, code="unknown_instance", http=400):
    """No such instance is live for this caller."""


class InstanceExistsError(StepwellError, code="instance_exists", http=409):
    """An instance of the chosen name is live."""


class InstanceTerminatedError(StepwellError, code="instance_terminated", http=409):
    """The episode is over: it can be evaluated or released."""


class StaleStepError(StepwellError, code="stale_step", http=409):
    """The number of steps done is another one; nothing was run."""


class DuplicateIdError(StepwellError, code="duplicate_id", http=400):
    """The request id does not rise on this socket."""


class ReplyExpiredError(StepwellError, code="reply_expired", http=410):
    """The reply is kept no longer; the request is not run again."""


class SessionLostError(StepwellError, code="session_lost", http=410):
    """The session to resume is not known: start a new one."""


class SupersededError(StepwellError, code="superseded", http=409, close=4409):
    """Another socket resumed the session."""


class OverloadedError(StepwellError, code="overloaded", http=503, retryable=True):
    """A bounded queue is full; try again after retry_after_ms."""


class RequestTimeoutError(StepwellError, code="timeout", http=504, retryable=True):
    """A deadline of the server passed."""


class CancelledError(StepwellError, code="cancelled", http=409):
    """The instance was let go before the request was answered."""


class ExpectationFailedError(StepwellError, code="expectation_failed", http=412):
    """The provenance is not the one that was expected."""


class WorkerLostError(StepwellError, code="worker_lost", http=503, retryable=True):
    """The worker was lost."""


class CreateFailedError(StepwellError, code="create_failed", http=503, retryable=True):
    """The instance could not be created by no fault of the caller."""


class ShuttingDownError(StepwellError, code="shutting_down", http=503, close=4503, retryable=True):
    """The server is shutting down."""


class SlowConsumerError(StepwellError, code="slow_consumer", http=503, close=4508, retryable=True):
    """The client does not read what it is sent."""


class MovedError(StepwellError, code="moved", http=421, retryable=True):
    """The instance lives at another endpoint, named in details."""


class InternalError(StepwellError, code="internal", http=500, close=4500, retryable=True):
    """A fault of the server."""


def error_of(
    code: str,
    message: str,
    retryable: bool | None = None,
    retry_after_ms: float | None = None,
    details: Mapping[str, Any] | None = None,
) -> StepwellError:
    """The exception for an `err` of a reply. A code from a newer server is an `InternalError` that quotes it."""
    retry_after = None if retry_after_ms is None else retry_after_ms / 1000
    known = ERRORS.get(code)
    if known is None:
        return InternalError(f"{code}: {message}", retryable=retryable, retry_after=retry_after, details=details)
    return known(message, retryable=retryable, retry_after=retry_after, details=details)


def refusal_of(close_code: int, reason: str) -> StepwellError | None:
    """The error behind a close code that a new try would meet again, or None."""
    for error in ERRORS.values():
        if error.close == close_code and not error.always_retryable:
            return error(f"the server closed the connection: {reason or (error.__doc__ or '').strip()}")
    return None
