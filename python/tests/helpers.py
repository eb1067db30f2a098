"""What tests use: where a checkout has its server, and a network that is cut."""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import stepwell

ROOT = Path(__file__).parents[2]
NODE = shutil.which("node") or "node"
SERVER = [NODE, str(ROOT / "bin/stepwell.mjs")]

Start = Callable[..., stepwell.LocalServer]


def needs(module: str, extra: str) -> Any:
    """A package that a test is about. Where it is missing the test is listed as not run, and in CI it fails."""
    if os.environ.get("CI"):
        return importlib.import_module(module)
    return pytest.importorskip(module, reason=f"needs {module}: pip install 'stepwell[{extra}]'")


def port_of(url: str) -> int:
    """The port of ws://HOST:PORT/v1."""
    return int(url.split(":")[2].split("/")[0])


class CuttingProxy:
    """A TCP proxy that can cut what goes through it, and swallow what is sent before a cut."""

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self.swallow = False
        """Whether bytes of the server are thrown away: the request was done, and the client does not know."""
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        with self._lock:
            pairs, self._pairs = self._pairs, []
            self.swallow = False
        for pair in pairs:
            for end in pair:
                _shut(end)

    def close(self) -> None:
        # A listener that another thread accepts on is woken by a shutdown, not by a close.
        _shut(self._listener)
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._target)
            with self._lock:
                self._pairs.append((client, server))
                self.connections += 1
            threading.Thread(target=self._copy, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._copy, args=(server, client, True), daemon=True).start()

    def _copy(self, source: socket.socket, sink: socket.socket, from_server: bool) -> None:
        try:
            while data := source.recv(65536):
                if not (from_server and self.swallow):
                    sink.sendall(data)
        except OSError:
            pass
        _shut(sink)
        if from_server:
            source.close()
            sink.close()


def _shut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
