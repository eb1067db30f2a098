"""The process that instances are forked from: it imports the environment once, and every fork has it warm.

It has one thread, no event loop and no timer (an environment may freeze its clocks), and runs nothing of a model. With
companions there are two of it: the outer one, which has read no data, forks companions; the inner one, forked from it,
has loaded the data and forks instances. Each is told what to do over a socket that keeps message bounds (SEQPACKET),
and descriptors for the children come with the messages.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import select
import signal
import socket
import sys
import traceback
from typing import TYPE_CHECKING, Any, NoReturn

from stepwell.protocol.codec import encode

from .channel import Channel, unpack
from .environment import Environment, profile_of
from .episode import Episode, answer
from .processes import close_all_but, die_with_parent

if TYPE_CHECKING:
    from collections.abc import Callable

CONTROL_BYTES = 65_536
"""Bytes of the longest message to a zygote."""


def environment_of(spec: str) -> type[Environment]:
    """The class that `module:Class` names. Raises ValueError with what is wrong."""
    module_name, separator, class_name = spec.partition(":")
    if not separator:
        raise ValueError(f"{spec!r} names no class: write MODULE:CLASS, for example my_env:MyEnv")
    sys.path.insert(0, os.getcwd())
    try:
        module = importlib.import_module(module_name)
    finally:
        sys.path.pop(0)
    environment = getattr(module, class_name, None)
    if not (isinstance(environment, type) and issubclass(environment, Environment)):
        raise ValueError(f"{class_name!r} in {module_name} is no subclass of stepwell.worker.Environment")
    return environment


class Zygote:
    """The loop: forks, kills and buries children as it is told."""

    def __init__(self, environment: type[Environment], control: socket.socket) -> None:
        self._environment = environment
        self._control = control
        self._children: dict[int, str] = {}
        self._wake_reader, self._wake_writer = socket.socketpair()
        for end in (self._wake_reader, self._wake_writer):
            end.setblocking(False)

    def run(self) -> NoReturn:
        """Until the supervisor is gone; then every child is killed."""
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(self._wake_writer.fileno(), warn_on_full_buffer=False)
        while True:
            readable, _, _ = select.select([self._control, self._wake_reader], [], [])
            if self._wake_reader in readable:
                with contextlib.suppress(BlockingIOError):
                    self._wake_reader.recv(4096)
                self._bury()
            if self._control in readable and not self._obey():
                break
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)
        os._exit(0)

    def tell(self, message: dict[str, Any]) -> None:
        """Tells the supervisor; when it is gone there is nobody to tell."""
        with contextlib.suppress(OSError):
            self._control.send(encode(message))

    def _obey(self) -> bool:
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, CONTROL_BYTES, 4)
        except OSError:
            return False
        if not data:
            return False
        order = unpack(data)
        sockets = [socket.socket(fileno=descriptor) for descriptor in descriptors]
        try:
            match order["op"]:
                case "load":
                    self._load(sockets)
                case "fork":
                    self._fork(order["key"], lambda: self._live(order["role"], sockets))
                case "kill":
                    self._kill(order["key"])
        finally:
            for end in sockets:
                end.close()
        return True

    def _load(self, sockets: list[socket.socket]) -> None:
        """Loads the data: here, or, given a socket for it, in an inner zygote that is forked for that."""
        if not sockets:
            load_and_tell(self._environment, self.tell)
            return
        (control,) = sockets

        def inner() -> None:
            close_all_but({0, 1, 2, control.fileno()})
            zygote = Zygote(self._environment, control)
            load_and_tell(self._environment, zygote.tell)
            zygote.run()

        self._fork("", inner)

    def _fork(self, key: str, live: Callable[[], None]) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        pid = os.fork()
        if pid:
            self._children[pid] = key
            self.tell({"forked": key, "pid": pid})
            return
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for end in (self._control, self._wake_reader, self._wake_writer):
                end.close()
            self._children.clear()
            die_with_parent(parent)
            live()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)

    def _live(self, role: str, sockets: list[socket.socket]) -> None:
        if role == "companion":
            (connection,) = sockets
            close_all_but({0, 1, 2, connection.fileno()})
            self._environment.run_companion(connection)
            return
        live_instance(self._environment, *sockets)

    def _kill(self, key: str) -> None:
        # A child that has ended stays in the table until it is buried, so that no other process has its pid.
        for pid, name in self._children.items():
            if name == key:
                os.kill(pid, signal.SIGKILL)

    def _bury(self) -> None:
        while self._children:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            key = self._children.pop(pid, None)
            if key is not None:
                self.tell({"exited": key, "pid": pid, "status": os.waitstatus_to_exitcode(status)})


def live_instance(environment: type[Environment], connection: socket.socket, companion: socket.socket | None = None) -> None:
    """The life of a forked instance: answers requests until the supervisor closes its socket."""
    channel = Channel(connection)
    episode = Episode(environment, companion)
    while True:
        try:
            request = channel.receive()
        except (EOFError, OSError):
            return
        channel.send(answer(environment, request) if request["op"] == "tasks" else episode.answer(request))


def load_and_tell(environment: type[Environment], tell: Callable[[dict[str, Any]], None]) -> None:
    """Loads the data and tells the profile, or why there is none; without data a zygote is of no use."""
    try:
        environment.load()
        tell({"loaded": profile_of(environment)})
    except Exception as error:
        traceback.print_exc()
        tell({"failed": f"{type(error).__name__}: {error}"[:4096]})
        os._exit(1)


def main() -> None:
    """`python -m stepwell.worker.zygote MODULE:CLASS DESCRIPTOR PARENT`: started by the supervisor, never by hand."""
    spec, descriptor, parent = sys.argv[1:]
    control = socket.socket(fileno=int(descriptor))
    die_with_parent(int(parent))
    try:
        environment = environment_of(spec)
        environment.prepare()
    except Exception as error:
        traceback.print_exc()
        control.send(encode({"failed": f"{type(error).__name__}: {error}"[:4096]}))
        sys.exit(1)
    zygote = Zygote(environment, control)
    zygote.tell({"prepared": environment.env_type, "has_companion": environment.has_companion})
    zygote.run()


if __name__ == "__main__":
    main()
