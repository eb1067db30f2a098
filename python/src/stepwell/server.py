"""A server of one's own: started as a child process, stopped with its owner."""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import signal
import subprocess
import sysconfig
import tempfile
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

STOP_S = 10.0
"""How long a server may take to stop before it is killed."""

# The shell lives as long as its stdin, the pipe that our process holds: when we end, in whatever way, the server is told to.
# It gives up its own stdout, so that the end of that pipe is the end of the server.
_KEEPER = """
trap : TERM
"$@" </dev/null &
child=$!
exec >/dev/null
read -r _
kill -TERM 0
wait "$child"
"""


class ServerError(RuntimeError):
    """A server could not be started; the message says what it said."""


def find_server() -> list[str]:
    """The command that runs the server on this machine.

    In this order: STEPWELL_EXECUTABLE, the executable of the wheel `stepwell-server` (`pip install stepwell[server]`), a
    `stepwell` on the PATH that is not this package's own, npx. Raises ServerError when there is none.
    """
    named = os.environ.get("STEPWELL_EXECUTABLE")
    if named:
        return [named]
    with contextlib.suppress(ImportError):
        return [str(importlib.import_module("stepwell_server").executable())]
    ours = Path(sysconfig.get_path("scripts")).resolve()
    for folder in os.get_exec_path():
        found = shutil.which("stepwell", path=folder)
        if found is not None and Path(folder).resolve() != ours and not _is_python(found):
            return [found]
    npx = shutil.which("npx")
    if npx is not None:
        return [npx, "--yes", "stepwell"]
    raise ServerError("no Stepwell server here: `pip install stepwell[server]`, or `npm install -g stepwell`")


def _is_python(script: str) -> bool:
    with open(script, "rb") as file:
        first = file.readline(256)
    return first.startswith(b"#!") and b"python" in first


class LocalServer:
    """A running server; leaving `with` stops it, and so does the end of this process."""

    def __init__(self, process: subprocess.Popen[str], url: str, log: IO[str]) -> None:
        self.url = url
        """Its address, for `stepwell.connect`."""
        self._process = process
        self._log = log

    @property
    def pid(self) -> int:
        """The leader of the server's process group."""
        return self._process.pid

    @property
    def log(self) -> str:
        """What the server said so far: JSON, a line each."""
        self._log.seek(0)
        return self._log.read()

    def stop(self) -> None:
        """Stops the server; live instances end with it. May be called twice."""
        if self._log.closed:
            return
        _stop(self._process)
        self._log.close()

    def kill(self) -> None:
        """Kills it at once, as a crash would."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self.stop()

    def __enter__(self) -> LocalServer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def serve(
    environments: Sequence[str] | None = None,
    *,
    port: int = 0,
    unix: str | None = None,
    token: str | None = None,
    options: Mapping[str, str | int | float] | None = None,
    command: Sequence[str] | None = None,
    timeout: float = 120.0,
) -> LocalServer:
    """Starts a server on this machine and waits, at most `timeout` seconds, until it listens.

    `environments`: all by default. `port`: a free one by default; `unix`: a socket's path instead. `options`: any of
    docs/serving.md by name, for example `{"idle_timeout_s": 600}`. `command`: how to run it, instead of `find_server()`.
    Its environments may still load when this returns: the client waits for them. Raises ServerError.

    ```python
    with stepwell.serve(["bfcl"]) as server, stepwell.Client(server.url) as well:
        ...
    ```
    """
    settings = {f"STEPWELL_{name.upper()}": str(value) for name, value in (options or {}).items()}
    if token is not None:
        settings["STEPWELL_TOKEN"] = token
    if environments is not None:
        settings["STEPWELL_ENVIRONMENTS"] = ",".join(environments)
    where = ["--unix", unix] if unix is not None else ["--port", str(port)]
    program = [*(command or find_server()), "serve", "--drain", "0", *where]
    log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace", prefix="stepwell-")  # noqa: SIM115
    process = subprocess.Popen(  # noqa: S603
        ["/bin/sh", "-c", _KEEPER, "stepwell-keeper", *program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log,
        env={**os.environ, **settings},
        start_new_session=True,
        text=True,
        encoding="utf-8",
    )
    address = _address(process, timeout)
    if address is None:
        _stop(process)
        log.seek(0)
        said = log.read()[-2000:].strip()
        log.close()
        raise ServerError(f"the server did not start: {' '.join(program)}\n{said}")
    return LocalServer(process, address, log)


def _address(process: subprocess.Popen[str], timeout: float) -> str | None:
    """The address that the server says on stdout, or None when it ended or took too long. Later lines are read and dropped."""
    assert process.stdout is not None  # noqa: S101
    stdout = process.stdout
    found: list[str] = []
    known = threading.Event()

    def read() -> None:
        for line in stdout:
            if line.startswith("stepwell serves ") and not found:
                found.append(line.removeprefix("stepwell serves ").strip())
                known.set()
        stdout.close()
        known.set()

    threading.Thread(target=read, name="stepwell server output", daemon=True).start()
    known.wait(timeout)
    return found[0] if found else None


def _stop(process: subprocess.Popen[str]) -> None:
    if process.stdin is not None and not process.stdin.closed:
        process.stdin.close()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
