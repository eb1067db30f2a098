"""The core against a server that keeps its side of docs/protocol.md, over a network that cuts, loses and restarts."""

from __future__ import annotations

from collections import deque
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from stepwell.core import ACK_EVERY, Batch, Core, Frame
from stepwell.protocol.codec import decode, encode
from stepwell.protocol.errors import MovedError, OverloadedError, SessionLostError, StepwellError

IN_FLIGHT = 60


class Session:
    """One session of the server: what ran, and the replies that are kept."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.highest = 0
        self.replies: dict[int, Frame] = {}
        self.running: dict[int, Frame] = {}
        self.acked = 0


class Server:
    """The server's side of the protocol; it asserts what a client must not do."""

    def __init__(self) -> None:
        self.sessions: dict[str, Session] = {}
        self.ran: list[int] = []
        self.instances: set[int] = set()
        self.current: Session | None = None
        self.socket_highest = 0
        self.busy = False
        self.count = 0

    def connected(self) -> None:
        self.current = None
        self.socket_highest = 0

    def receive(self, message: bytes) -> list[bytes]:
        value = decode(message)
        frames = value if isinstance(value, list) else [value]
        assert len(frames) <= 1024
        return [encode(reply) for frame in frames for reply in self.frame(frame)]

    def frame(self, frame: Frame) -> list[Frame]:
        if self.current is None:
            return [self.hello(frame)]
        session, number = self.current, frame["id"]
        assert number > self.socket_highest, "ids rise on a socket"
        self.socket_highest = number
        if number <= session.highest:
            assert number > session.acked, "what was acknowledged is not asked for again"
            return [session.replies[number]] if number in session.replies else []
        session.highest = number
        session.running[number] = frame
        assert len(session.running) <= IN_FLIGHT, "no more than the server accepts is on the wire"
        return []

    def hello(self, frame: Frame) -> Frame:
        assert frame["op"] == "hello"
        wanted = frame.get("resume", {}).get("session")
        if wanted is not None and wanted not in self.sessions:
            return {"re": 1, "err": {"code": "session_lost", "message": "say hello anew", "retryable": False}}
        if wanted is None:
            self.count += 1
            wanted = f"s{self.count}"
            self.sessions[wanted] = Session(wanted)
        self.current = self.sessions[wanted]
        return {"re": 1, "ok": {"session": wanted, "resumed": False, "limits": {"in_flight": IN_FLIGHT}}}

    def run(self, most: int) -> list[bytes]:
        """Does what is running, at most so many, and answers on the socket."""
        out = []
        for session in self.sessions.values():
            for number in list(session.running)[:most]:
                reply = {"re": number, **self.perform(session, session.running.pop(number))}
                session.replies[number] = reply
                if session is self.current:
                    out.append(encode(reply))
        return out

    def perform(self, session: Session, frame: Frame) -> Frame:
        if frame["op"] == "ack":
            upto = frame["upto"]
            assert upto >= session.acked
            session.acked = upto
            for number in [number for number in session.replies if number <= upto]:
                del session.replies[number]
            return {"ok": {}}
        if frame["op"] == "ping":
            return {"ok": {}}
        if frame["op"] == "release":
            self.instances.discard(frame["n"])
            return {"ok": {}}
        if self.busy:
            return {"err": {"code": "overloaded", "message": "full", "retryable": True, "retry_after_ms": 100}}
        self.ran.append(frame["n"])
        self.instances.add(frame["n"])
        return {"ok": {"n": frame["n"]}}


def release(value: dict[str, Any]) -> list[Frame]:
    return [{"op": "release", "n": value["n"]}]


class CoreMachine(RuleBasedStateMachine):
    """Any order of calls, deliveries, cuts and restarts."""

    @initialize()
    def start(self) -> None:
        self.now = 0.0
        self.core = Core(random=lambda: 0.5, reconnect=1e9)
        self.server = Server()
        self.up = False
        self.to_server: deque[bytes] = deque()
        self.to_client: deque[bytes] = deque()
        self.batches: list[tuple[list[int], Batch[Any]]] = []
        self.done: list[Batch[Any]] = []
        self.sent = 0
        # A first connection is given up after a few tries: these are about a client that was welcomed.
        self.open()
        self.deliver(1)

    def pump(self) -> None:
        if self.up:
            self.to_server.extend(self.core.messages(self.now))
        if self.core.drop is not None:
            self.core.drop = None
            self.cut()

    @rule(size=st.integers(1, 100), timeout=st.sampled_from([5.0, 60.0, 1e6]), creates=st.booleans())
    def submit(self, size: int, timeout: float, creates: bool) -> None:
        numbers = list(range(self.sent, self.sent + size))
        self.sent += size
        frames: list[Frame] = [{"op": "do", "n": number} for number in numbers]
        late = release if creates else None
        batch: Batch[Any] = Batch(frames, msgspec.msgpack.decode, timeout=timeout, patient=creates, late=late)
        batch.on_done = self.done.append
        self.batches.append((numbers, batch))
        self.core.submit(batch, self.now)
        self.pump()

    @precondition(lambda self: not self.up)
    @rule()
    def open(self) -> None:
        self.up = True
        self.server.connected()
        self.core.opened(self.now)
        self.pump()

    @precondition(lambda self: self.up)
    @rule()
    def cut(self) -> None:
        self.up = False
        self.to_server.clear()
        self.to_client.clear()
        self.server.current = None
        self.core.lost(1006, "cut", self.now)

    @rule(most=st.integers(1, 20))
    def deliver(self, most: int) -> None:
        for _ in range(min(most, len(self.to_server))):
            self.to_client.extend(self.server.receive(self.to_server.popleft()))
        for _ in range(min(most, len(self.to_client))):
            self.core.received(self.to_client.popleft(), self.now)
        self.pump()

    @rule(most=st.integers(1, 200), busy=st.booleans())
    def perform(self, most: int, busy: bool) -> None:
        self.server.busy = busy
        self.to_client.extend(self.server.run(most))

    @rule()
    def restart_the_server(self) -> None:
        self.server.sessions.clear()
        if self.up:
            self.cut()

    @rule(seconds=st.sampled_from([0.1, 4.0, 30.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.core.wake(self.now)
        self.pump()

    @precondition(lambda self: any(batch.left for _, batch in self.batches))
    @rule(data=st.data())
    def abandon(self, data: st.DataObject) -> None:
        self.core.abandon(data.draw(st.sampled_from([batch for _, batch in self.batches if batch.left])))

    @invariant()
    def nothing_ran_twice(self) -> None:
        # A request that was overloaded did not run; one whose session was lost is not sent again.
        assert len(self.server.ran) == len(set(self.server.ran))

    def teardown(self) -> None:
        self.server.busy = False
        for _ in range(40):
            if not self.up:
                self.open()
            for _ in range(30):
                self.perform(2000, False)
                self.deliver(4000)
            self.wait(0.2)
            if all(batch.left == 0 for _, batch in self.batches) and self.core.open_calls == 0:
                break
        assert self.core.closed is None
        assert self.core.open_calls == 0
        assert len(self.done) == len(self.batches), "every batch is done once"
        for numbers, batch in self.batches:
            for number, result in zip(numbers, batch.results, strict=True):
                if isinstance(result, StepwellError):
                    assert not isinstance(result, OverloadedError) or not batch.patient
                else:
                    assert result == {"n": number}, "each result belongs to its call"
                    assert number in self.server.ran
        lost = any(
            isinstance(result, SessionLostError)
            for _, batch in self.batches
            for result in batch.results
            if batch.late is not None
        )
        if not lost and not self.server_was_restarted():
            held = {n for numbers, batch in self.batches if batch.late is None for n in numbers}
            held |= {result["n"] for _, batch in self.batches for result in batch.results if isinstance(result, dict)}
            assert self.server.instances <= held, "an instance that nobody holds was let go"

    def server_was_restarted(self) -> bool:
        return self.server.count > 1


CoreMachine.TestCase.settings = settings(
    max_examples=40, stateful_step_count=30, deadline=None, report_multiple_bugs=False, suppress_health_check=list(HealthCheck)
)
TestCore = CoreMachine.TestCase


def test_replies_are_acknowledged_while_they_come() -> None:
    core, server = Core(random=lambda: 0.5), Server()
    core.opened(0.0)
    for _ in range(5):
        frames: list[Frame] = [{"op": "do", "n": number} for number in range(ACK_EVERY)]
        core.submit(Batch(frames, msgspec.msgpack.decode, timeout=60.0), 0.0)
        for _ in range(4):
            for message in core.messages(0.0):
                for reply in [*server.receive(message), *server.run(1000)]:
                    core.received(reply, 0.0)
    (session,) = server.sessions.values()
    assert session.acked >= 4 * ACK_EVERY


def test_an_instance_that_lives_elsewhere_is_an_error_that_names_the_place_and_its_request_is_sent_once() -> None:
    core, server = Core(), Server()
    core.opened(0.0)
    batch: Batch[Any] = Batch([{"op": "evaluate"}], msgspec.msgpack.decode, timeout=60.0, patient=True)
    core.submit(batch, 0.0)
    (hello,) = core.messages(0.0)
    for reply in server.receive(hello):
        core.received(reply, 0.0)
    (request,) = core.messages(0.0)
    endpoint = {"endpoint": "ws://10.0.0.2:8000/v1"}
    moved = {"code": "moved", "message": "it lives elsewhere", "retryable": True, "details": endpoint}
    core.received(encode({"re": decode(request)["id"], "err": moved}), 0.0)
    (error,) = batch.results
    assert isinstance(error, MovedError)
    assert error.details == endpoint
    assert (core.messages(0.0), core.open_calls) == ([], 0)
