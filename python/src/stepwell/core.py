"""A client without I/O: numbers requests, matches replies, resumes, acknowledges, gives up.

A transport tells it what happens (`opened`, `received`, `lost`, `wake`) with the time in seconds, and after each of these does
what it asks: sends `messages()`, closes the socket where `drop` is set, opens one at `retry_at`, and calls `wake` at
`deadline()`.

States: down (no socket) -> greeting (hello sent) -> welcomed -> down ...; closed, from any, for good.

Invariants, on which the tests draw:
1. Every call is settled exactly once: by its reply, its deadline, the loss of the session, or the end of the client.
2. Ids rise in the order of sending. After a resume every request without a reply is sent again under its id, first.
3. Nothing is acknowledged whose reply, or one before it, is still owed.
4. At most `in_flight` requests are on the wire; the others wait here.
5. No message is larger, or holds more values, than the server accepts: a request that is too large fails alone.
"""

from __future__ import annotations

import heapq
import math
import random as random_module
from collections import deque
from itertools import count, repeat
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from .protocol.codec import encode
from .protocol.errors import (
    ERRORS,
    BadFrameError,
    CancelledError,
    InternalError,
    OverloadedError,
    RequestTimeoutError,
    SessionLostError,
    StepwellError,
    SupersededError,
    TooLargeError,
    WorkerLostError,
    refusal_of,
)
from .protocol.frames import Answer, answers_of
from .protocol.limits import IN_FLIGHT, ITEMS, MESSAGE_BYTES, PROTOCOL_VERSION
from .results import Welcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

T = TypeVar("T")
Frame = dict[str, Any]

WELCOME_S = 20.0
"""How long a new socket may take until its welcome: a network that swallows packets never closes it."""
SILENCE_S = 30.0
"""Silence after which a server that owes replies is pinged, and after as much again given up for a new socket."""
ACK_EVERY = 256
"""Replies after which the server is told that they are here."""
FIRST_TRIES = 3
"""Tries of a first connection: a wrong address should not take the time that a restart of a known server may."""
MOST_FRAMES = 256
"""Frames of one message. A larger batch is several, so that its first replies are read while the server does the rest."""
TICK_S = 0.25
"""How late the deadline of a call may be noticed."""
RETRY_AFTER_S = 0.25
"""Pause before a call that was `overloaded` is sent again, where the server names none."""

_MISSING: Any = object()
_welcome = msgspec.msgpack.Decoder(Welcome)


class Batch(Generic[T]):
    """Calls that belong together, and their results: a value or an exception each, in the order of the calls.

    `decode` makes the value of a reply's bytes. `weight` is the number of values in the largest of the frames. A call that
    the server has no room for is sent again until its deadline where `patient` is set. Late results of an abandoned batch go
    to `late`, so that an instance that nobody holds is let go.
    """

    __slots__ = (
        "bucket",
        "decode",
        "frames",
        "late",
        "left",
        "on_done",
        "patient",
        "results",
        "timeout",
        "weight",
    )

    def __init__(
        self,
        frames: Sequence[Frame],
        decode: Callable[[Any], T],
        *,
        timeout: float,
        weight: int = 64,
        patient: bool = False,
        late: Callable[[T], Iterable[Frame]] | None = None,
    ) -> None:
        self.frames = frames
        self.decode = decode
        self.timeout = timeout
        self.weight = weight
        self.patient = patient
        self.late = late
        self.bucket: set[Batch[Any]] | None = None
        """The batches of its deadline, where it is taken out when it is done."""
        self.results: list[T | StepwellError] = [_MISSING] * len(frames)
        self.left = len(frames)
        self.on_done: Callable[[Batch[T]], None] = _ignore

    def settle(self, index: int, result: T | StepwellError) -> None:
        """Keeps the first result of a call; with the last one the batch is done."""
        if self.results[index] is not _MISSING:
            return
        self.results[index] = result
        self.left -= 1
        if self.left == 0:
            if self.bucket is not None:
                self.bucket.discard(self)
            self.on_done(self)

    def is_settled(self, index: int) -> bool:
        """Whether a call has its result."""
        return self.results[index] is not _MISSING

    def settle_rest(self, error: Callable[[Frame], StepwellError]) -> None:
        """Gives each call that has no result an exception of its own."""
        for index, frame in enumerate(self.frames):
            if not self.is_settled(index):
                self.settle(index, error(frame))


def _ignore(_: object) -> None:
    pass


_Item = tuple[Frame, "Batch[Any] | None", int]


class Core:
    """The state of one client. Not thread-safe: one transport drives it."""

    def __init__(
        self,
        *,
        url: str = "the server",
        token: str | None = None,
        client: str | None = None,
        reconnect: float = 120.0,
        random: Callable[[], float] = random_module.random,
    ) -> None:
        """`reconnect`: seconds to go on trying to reach a server that was lost."""
        self.closed: StepwellError | None = None
        self.drop: str | None = None
        """Set where the present socket has to be closed, with the reason; the transport resets it."""
        self.retry_at: float | None = 0.0
        """When to open a socket; None while there is one, or never again."""
        self.welcome: Welcome | None = None
        self._url = url
        self._token = token
        self._client = client
        self._reconnect = reconnect
        self._random = random
        self._state = "down"
        self._session: str | None = None
        self._outbox: list[bytes] = []
        self._queue: deque[_Item] = deque()
        """Calls that were not sent in this session."""
        self._pending: dict[int, _Item] = {}
        """Requests without a reply, by id, in rising order."""
        self._next_id = 1
        self._acked = 0
        self._answered = 0
        self._buckets: dict[int, set[Batch[Any]]] = {}
        """Batches by the tick of their deadline: one that is done is gone at once, whatever its deadline was."""
        self._ticks: list[int] = []
        """A heap of the keys of the buckets."""
        self._delayed: list[tuple[float, int, _Item]] = []
        self._serial = 0
        self._attempt = 0
        self._lost_at: float | None = None
        self._welcome_by: float | None = None
        self._silence_at: float | None = None
        self._heard = False
        self._pinged = False
        self._ghosts = 0
        self._closing: Answer | None = None

    @property
    def is_welcomed(self) -> bool:
        """Whether requests go out now."""
        return self._state == "welcomed"

    @property
    def open_calls(self) -> int:
        """Requests on the wire and calls that wait here."""
        return len(self._pending) + len(self._queue) + len(self._delayed)

    def submit(self, batch: Batch[Any], now: float) -> None:
        """Takes the calls of a batch; they go out with the next `messages()`, in one message where they fit."""
        if self.closed is not None:
            error = self.closed
            batch.settle_rest(lambda _: type(error)(error.message))
            return
        if batch.left == 0:
            return
        tick = math.ceil((now + batch.timeout) / TICK_S)
        bucket = self._buckets.get(tick)
        if bucket is None:
            bucket = self._buckets[tick] = set()
            heapq.heappush(self._ticks, tick)
        bucket.add(batch)
        batch.bucket = bucket
        self._queue.extend(zip(batch.frames, repeat(batch), count()))

    def messages(self, now: float) -> list[bytes]:
        """What has to be sent on the present socket, in this order."""
        if self._state == "welcomed":
            self._send_queue()
            if self._silence_at is None and self._pending:
                self._listen(now, pinged=False)
        out, self._outbox = self._outbox, []
        return out

    def opened(self, now: float) -> None:
        """A socket is open: says hello."""
        self.retry_at = None
        if self.closed is not None:
            self.drop = "closed"
            return
        self._state = "greeting"
        self._closing = None
        self._welcome_by = now + WELCOME_S
        self._hello()

    def received(self, message: bytes | str, now: float) -> None:
        """A message came on the present socket."""
        if self._state not in ("greeting", "welcomed"):
            return
        try:
            if isinstance(message, str):
                raise BadFrameError("the server sent text where msgpack was agreed on")
            answers = answers_of(message)
        except BadFrameError as error:
            self._end(error)
            return
        self._heard = True
        for answer in answers:
            if answer.re is None:
                if answer.ev == "closing":
                    self._closing = answer
            elif self._state == "welcomed":
                self._answer(answer, now)
            elif self._state == "greeting":
                self._greeted(answer, now)
        if self._state == "welcomed" and self._answered >= ACK_EVERY:
            self._acknowledge()

    def lost(self, code: int, reason: str, now: float) -> None:
        """The present socket is gone, or could not be opened (code 1006): says in `retry_at` when to try again."""
        if self._state == "greeting":
            self._ghosts += 1
        if self.closed is not None:
            return
        self._state = "down"
        self._outbox.clear()
        self._silence_at = self._welcome_by = None
        refusal = None if self._is_ghost(code) else refusal_of(code, self._said() or reason)
        if refusal is not None:
            self._end(refusal)
            return
        if self._lost_at is None:
            self._lost_at = now
        if now - self._lost_at >= self._reconnect or (self.welcome is None and self._attempt >= FIRST_TRIES):
            self._end(WorkerLostError(f"{self._url} cannot be reached: {reason or f'close code {code}'}"))
            return
        self.retry_at = now + self._backoff()

    def wake(self, now: float) -> None:
        """A deadline passed."""
        while self._ticks and self._ticks[0] * TICK_S <= now:
            for batch in list(self._buckets.pop(heapq.heappop(self._ticks))):
                self._expire(batch)
        while self._delayed and self._delayed[0][0] <= now:
            self._queue.append(heapq.heappop(self._delayed)[2])
        if self._welcome_by is not None and self._welcome_by <= now:
            self._welcome_by = None
            if self._state == "greeting":
                self.drop = "no welcome in time"
        if self._silence_at is not None and self._silence_at <= now:
            self._check_silence(now)

    def deadline(self) -> float | None:
        """When to call `wake` at the latest; None when nothing is due."""
        while self._ticks and not self._buckets[self._ticks[0]]:
            del self._buckets[heapq.heappop(self._ticks)]
        due = [at for at in (self._welcome_by, self._silence_at) if at is not None]
        if self._ticks:
            due.append(self._ticks[0] * TICK_S)
        if self._delayed:
            due.append(self._delayed[0][0])
        return min(due, default=None)

    def abandon(self, batch: Batch[Any]) -> None:
        """Nobody waits for this batch any more: what was not sent is not sent, what it creates is let go.

        A request that was sent stays until its reply: the server counts it, too.
        """
        batch.settle_rest(lambda _: CancelledError("the caller no longer waits"))

    def close(self) -> None:
        """Ends the client; open calls fail with `cancelled`."""
        self._end(CancelledError("the client was closed"))

    def _hello(self) -> None:
        hello: Frame = {"id": 1, "op": "hello", "version": PROTOCOL_VERSION}
        if self._token is not None:
            hello["token"] = self._token
        if self._session is not None:
            hello["resume"] = {"session": self._session}
        if self._client is not None:
            hello["client"] = self._client
        self._outbox.append(encode(hello))

    def _greeted(self, answer: Answer, now: float) -> None:
        if answer.err is not None:
            error = answer.err.to_exception()
            if not isinstance(error, SessionLostError) or self._session is None:
                self._end(error)
                return
            self._forget_session()
            self._hello()
            return
        try:
            self.welcome = _welcome.decode(answer.ok)
        except msgspec.DecodeError as error:
            self._end(BadFrameError(f"the server's welcome is none: {error}"))
            return
        self._session = self.welcome.session
        self._state = "welcomed"
        self._welcome_by = self._lost_at = None
        self._attempt = 0
        self._pack(list(self._pending.values()))

    def _forget_session(self) -> None:
        """The server was restarted: what was sent may or may not have been done; what waits here goes to the new session."""
        lost = list(self._pending.values())
        self._pending.clear()
        self._session = None
        self._next_id = 1
        self._acked = self._answered = self._ghosts = 0
        for frame, batch, index in lost:
            if batch is not None:
                what = _name(frame)
                batch.settle(
                    index,
                    SessionLostError(f"the server lost the session (was it restarted?): whether {what} was done is not known"),
                )

    def _answer(self, answer: Answer, now: float) -> None:
        item = self._pending.pop(answer.re, None)  # type: ignore[arg-type]
        if item is None:
            return
        self._answered += 1
        frame, batch, index = item
        if batch is None:
            return
        if answer.err is not None:
            error = answer.err.to_exception()
            if isinstance(error, OverloadedError) and batch.patient and not batch.is_settled(index):
                self._serial += 1
                pause = RETRY_AFTER_S if error.retry_after is None else error.retry_after
                heapq.heappush(self._delayed, (now + pause, self._serial, item))
                return
            batch.settle(index, error)
            return
        try:
            value = batch.decode(answer.ok)
        except msgspec.DecodeError as problem:
            batch.settle(index, InternalError(f"the reply to {_name(frame)} is not what it should be: {problem}"))
            return
        if batch.late is not None and batch.is_settled(index):
            self._queue.extend((extra, None, 0) for extra in batch.late(value))
            return
        batch.settle(index, value)

    def _send_queue(self) -> None:
        queue = self._queue
        if not queue:
            return
        limits = self.welcome.limits if self.welcome else {}
        room = int(limits.get("in_flight", IN_FLIGHT)) - len(self._pending)
        number = self._next_id
        fresh: list[_Item] = []
        while queue and room > 0:
            item = queue.popleft()
            frame, batch, index = item
            if batch is not None and batch.is_settled(index):
                continue
            frame["id"] = number
            self._pending[number] = item
            fresh.append(item)
            number += 1
            room -= 1
        self._next_id = number
        self._pack(fresh)

    def _pack(self, items: list[_Item]) -> None:
        """Puts requests into as few messages as the limits of the server allow."""
        limits = self.welcome.limits if self.welcome else {}
        most_values = int(limits.get("items", ITEMS))
        start = values = 0
        for at, (_, batch, _) in enumerate(items):
            weight = 64 if batch is None else batch.weight
            if at > start and (at - start >= MOST_FRAMES or values + weight > most_values):
                self._encode(items[start:at])
                start, values = at, 0
            values += weight
        if start < len(items):
            self._encode(items[start:])

    def _encode(self, items: list[_Item]) -> None:
        limits = self.welcome.limits if self.welcome else {}
        most = int(limits.get("message_bytes", MESSAGE_BYTES))
        frames = [frame for frame, _, _ in items]
        try:
            message = encode(frames[0] if len(frames) == 1 else frames)
            if len(message) <= most:
                self._outbox.append(message)
                return
            problem: StepwellError = TooLargeError(
                f"the request has {len(message)} bytes; the server accepts {most} in one message"
            )
        except StepwellError as error:
            problem = error
        if len(items) > 1:
            middle = len(items) // 2
            self._encode(items[:middle])
            self._encode(items[middle:])
            return
        frame, batch, index = items[0]
        self._pending.pop(frame["id"], None)
        if batch is not None:
            batch.settle(index, problem)

    def _acknowledge(self) -> None:
        oldest = next(iter(self._pending), self._next_id)
        if oldest - 1 - self._acked < ACK_EVERY:
            return
        self._acked = oldest - 1
        self._answered = 0
        self._queue.appendleft(({"op": "ack", "upto": self._acked}, None, 0))

    def _expire(self, batch: Batch[Any]) -> None:
        batch.settle_rest(
            lambda frame: RequestTimeoutError(
                f"no answer to {_name(frame)} within {batch.timeout:g} s; the server may still do it"
            )
        )

    def _listen(self, now: float, *, pinged: bool) -> None:
        self._silence_at = now + SILENCE_S
        self._heard = False
        self._pinged = pinged

    def _check_silence(self, now: float) -> None:
        """Finds a socket that is cut without a word while replies are owed: nothing else would close it for minutes."""
        heard, pinged = self._heard, self._pinged
        self._silence_at = None
        if self._state != "welcomed" or not self._pending:
            return
        if pinged and not heard:
            self.drop = "the server went silent"
            return
        self._listen(now, pinged=not heard)
        if not heard:
            self._queue.appendleft(({"op": "ping"}, None, 0))

    def _backoff(self) -> float:
        """Seconds before the next try: doubling from 0.05 to 5, the upper half drawn at random."""
        full = min(5.0, 0.05 * 2.0 ** min(self._attempt, 30))
        self._attempt += 1
        return full / 2 + full / 2 * self._random()

    def _is_ghost(self, code: int) -> bool:
        """Whether we were superseded by a hello of our own that came late. Each can do that once, so this ends."""
        if code != SupersededError.close or self._ghosts == 0:
            return False
        self._ghosts -= 1
        return True

    def _said(self) -> str:
        """What the server said of why it closes the connection."""
        closing = self._closing
        return "" if closing is None or closing.code not in ERRORS else closing.message or ""

    def _end(self, error: StepwellError) -> None:
        if self.closed is not None:
            return
        self.closed = error
        self._state = "closed"
        self.retry_at = None
        self.drop = "closed"
        self._welcome_by = self._silence_at = None
        self._outbox.clear()
        items = [*self._pending.values(), *self._queue, *(item for _, _, item in self._delayed)]
        self._pending.clear()
        self._queue.clear()
        self._delayed.clear()
        self._buckets.clear()
        self._ticks.clear()
        for frame, batch, index in items:
            if batch is not None:
                batch.settle(index, type(error)(f"{_name(frame)}: {error.message}", retryable=error.retryable))


def _name(frame: Frame) -> str:
    """How a message to the caller names a request."""
    instance_id = frame.get("instance_id") or frame.get("task_id")
    return f"{frame['op']} of {instance_id}" if instance_id else str(frame["op"])
