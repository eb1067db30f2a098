"""Frames between an instance's two processes: a length of four bytes, then JSON. Never pickle: one end is hostile.

The executor sends `{app, api, kw, raises}` for a call and `{done, n}` at the end of a run; the API process sends
`{run, n, timeout_s}`, and `{r}` or `{e, t}` for a call.
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket

HEAD = struct.Struct(">I")
MOST_BYTES = 16 * 1024 * 1024
"""Bytes of the longest frame that is read; a call's own limit is smaller."""
MOST_CALL_BYTES = 1024 * 1024


class PeerGoneError(Exception):
    """The other process is gone, or sends what is no frame."""


def send(connection: socket.socket, value: Any) -> None:
    """Sends one frame. Raises PeerGoneError."""
    body = json.dumps(value).encode()
    try:
        connection.sendall(HEAD.pack(len(body)) + body)
    except OSError as error:
        raise PeerGoneError(str(error)) from None


def receive(connection: socket.socket) -> Any:
    """The next frame; waits for it, since whoever is overdue is killed from outside. Raises PeerGoneError."""
    (length,) = HEAD.unpack(_exactly(connection, HEAD.size))
    if length > MOST_BYTES:
        raise PeerGoneError(f"a frame of {length} bytes")
    try:
        return json.loads(_exactly(connection, length))
    except (ValueError, RecursionError):
        raise PeerGoneError("a frame that is no JSON") from None


def is_quiet(connection: socket.socket) -> bool:
    """Whether nothing waits to be read: between two runs an executor has nothing to say."""
    connection.setblocking(False)
    try:
        connection.recv(1)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        connection.setblocking(True)
    return False


def _exactly(connection: socket.socket, count: int) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        try:
            part = connection.recv(min(count - len(parts), 1 << 16))
        except OSError as error:
            raise PeerGoneError(str(error)) from None
        if not part:
            raise PeerGoneError("the other process is gone")
        parts += part
    return bytes(parts)
