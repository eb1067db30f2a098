"""Frames over a stream socket between processes of one worker: a length of four bytes, then msgpack."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import msgspec

from stepwell.protocol.codec import encode

if TYPE_CHECKING:
    import socket

HEAD = struct.Struct(">I")
MOST_BYTES = 64 * 1024 * 1024

_decoder = msgspec.msgpack.Decoder()


def pack(value: Any) -> bytes:
    """A frame with its length."""
    body = encode(value)
    return HEAD.pack(len(body)) + body


def unpack(body: bytes) -> Any:
    """The value of a frame without its length."""
    return _decoder.decode(body)


class Channel:
    """The blocking end, for forked children. Both ends are the worker's own code."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection

    def send(self, value: Any) -> None:
        """Sends one frame."""
        self.connection.sendall(pack(value))

    def receive(self) -> Any:
        """The next frame; raises EOFError when the other end is gone."""
        (length,) = HEAD.unpack(self._exactly(HEAD.size))
        if length > MOST_BYTES:
            raise EOFError(f"a frame of {length} bytes")
        return unpack(self._exactly(length))

    def _exactly(self, count: int) -> bytes:
        parts = bytearray()
        while len(parts) < count:
            part = self.connection.recv(min(count - len(parts), 1 << 20))
            if not part:
                raise EOFError("the other end is gone")
            parts += part
        return bytes(parts)
