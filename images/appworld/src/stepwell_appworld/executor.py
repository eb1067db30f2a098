"""The executor: an instance's second process, which runs the model's code with the engine's own `execute`.

It has nothing: no data, no file, one socket to the API process.
"""

from __future__ import annotations

import builtins
import json
import os
import signal
from datetime import datetime
from typing import TYPE_CHECKING, Any

from stepwell.worker import sandbox

from . import engine, frames

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

MEMORY_BYTES = 768 * 1024 * 1024
"""Memory that an executor may take on top of what it was forked with."""


def run(connection: socket.socket) -> None:
    """Runs what it is sent until the socket ends or somebody kills it."""
    told = frames.receive(connection)
    engine.move_clock(datetime.fromisoformat(told["now"]), told["seed"])
    world = _world(connection)
    sandbox.enter(connection.fileno(), memory_bytes=MEMORY_BYTES)
    # The engine cuts the working folder's path out of tracebacks; of this process it would be every "/".
    os.getcwd = lambda: "/session"
    while True:
        try:
            told = frames.receive(connection)
        except frames.PeerGoneError:
            return
        said = _execute(world, told["run"], told["timeout_s"])
        # Whatever timer the code left behind must not go off while nothing runs.
        signal.setitimer(signal.ITIMER_REAL, 0)
        frames.send(connection, {"done": _capped(said, told["most"]), "n": told["n"]})


def _execute(world: Any, code: str, timeout_s: int) -> str:
    world.timeout_seconds = timeout_s
    try:
        return str(world.execute(code))
    except BaseException as error:
        # What is no Exception passes through the engine: KeyboardInterrupt, GeneratorExit.
        world.safety_guard.disable()
        return f"Execution failed. Traceback:\n{type(error).__name__}: {error}".rstrip(": ")


def _capped(said: str, most: int) -> str:
    if len(said) <= most:
        return said
    return f"{said[:most]}\n[{len(said) - most} more characters of output were left out]"


def _world(connection: socket.socket) -> Any:
    """The engine's world with nothing in it but a shell; `apis` are stubs."""
    from appworld import environment

    class Executor(environment.AppWorld):  # type: ignore[misc]
        def __init__(self) -> None:
            self.remote_environment_url = None
            self.raise_on_unsafe_syntax = True
            self.null_patch_unsafe_execution = True
            self.max_interactions = 1_000_000
            self.num_interactions = 0
            self.timeout_seconds = None
            self.output_db_home_path_on_disk = ""
            self.environment_io = _Nothing()
            self.requester = _Nothing()
            self.shell = engine.Shared.shell
            self.safety_guard = environment.SafetyGuard()

        def _save_state(self, directory: str) -> None:
            """State is the API process's."""

        def save_logs(self) -> None:
            """There is no file to write to."""

    world = Executor()
    world.shell.user_ns["apis"] = _stubs(connection)
    return world


class _Nothing:
    """In place of what the engine's `execute` reports to."""

    def append(self, _entry: Any) -> None:
        pass

    def reset_request_count(self) -> None:
        pass


def _stubs(connection: socket.socket) -> Any:
    """`apis` as the engine builds them, with the same words for what is not there."""
    from appworld.collections.apis import ApiCollection
    from appworld.common.utils import CustomErrorMessageMunch

    stubs = ApiCollection(error_message="No app named '{key}' found.")
    for (app, api), (method, path) in engine.Shared.table.items():
        if app not in stubs:
            stubs[app] = CustomErrorMessageMunch.build("No API named '{key}' found in the " + app + " app.")
        stubs[app][api] = _wrap_api_request(connection, app, api, method in ("GET", "DELETE") or "auth/token" in path)
    return stubs


def _wrap_api_request(connection: socket.socket, app: str, api: str, is_query: bool) -> Callable[..., Any]:
    # The names of both functions are those of the engine's: a TypeError quotes them.
    def _api_request(**kwargs: Any) -> Any:
        if kwargs.pop("_system_datetime", None) is not None:
            raise Exception("Cannot set system_datetime when allow_datetime_change is False.")
        raises = kwargs.pop("raise_on_failure", None)
        call = {"app": app, "api": api, "raises": raises is None or bool(raises)}
        # A query and a login's form are text anyway; a body takes what JSON can say, and a TypeError tells the rest.
        call["kw"] = json.loads(json.dumps(kwargs, default=str if is_query else None))
        if len(json.dumps(call)) > frames.MOST_CALL_BYTES:
            raise Exception(f"The parameters of a call may have {frames.MOST_CALL_BYTES} bytes.")
        # The engine's time-out must not cut a reply in two: it comes between calls.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
        try:
            frames.send(connection, call)
            reply = frames.receive(connection)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
        if "e" in reply:
            raise _exception_of(reply)
        return reply["r"]

    return _api_request


def _exception_of(reply: dict[str, Any]) -> Exception:
    kind = getattr(builtins, str(reply["t"]), None)
    if isinstance(kind, type) and issubclass(kind, Exception):
        try:
            return kind(reply["e"])
        except TypeError:
            pass
    return Exception(reply["e"])
