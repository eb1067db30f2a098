"""The supervisor's end of the socket to a zygote."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from stepwell.protocol.codec import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Result = TypeVar("Result")

_decoder = msgspec.msgpack.Decoder()


def settle(future: asyncio.Future[Result], result: Result) -> None:
    """Settles a future that may have been settled or cancelled."""
    if not future.done():
        future.set_result(result)


def control_pair() -> tuple[socket.socket, socket.socket]:
    """Two ends that keep message bounds, so that descriptors arrive with their own message."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    return ours, theirs


class ZygoteLink:
    """Sends orders and hands what the zygote tells to `told`; `lost` settles when it is gone."""

    def __init__(self, control: socket.socket, told: Callable[[dict[str, Any]], None]) -> None:
        self._control = control
        self._told = told
        self._loop = asyncio.get_running_loop()
        self._turn = asyncio.Lock()
        self.lost: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_reader(control.fileno(), self._read)

    async def order(self, message: dict[str, Any], sockets: Sequence[socket.socket] = ()) -> None:
        """Sends one order with the sockets that go with it. Raises ConnectionError when the zygote is gone."""
        data = encode(message)
        async with self._turn:
            while True:
                if self.lost.done():
                    raise ConnectionError("the process that instances are forked from is gone")
                try:
                    socket.send_fds(self._control, [data], [end.fileno() for end in sockets])
                    return
                except BlockingIOError:
                    await self._writable()
                except OSError as error:
                    self._lose()
                    raise ConnectionError(f"the process that instances are forked from is gone: {error}") from None

    def close(self) -> None:
        """Closes this end; a zygote that reads that ends itself and its children."""
        self._lose()

    async def _writable(self) -> None:
        ready: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_writer(self._control.fileno(), settle, ready, None)
        try:
            await ready
        finally:
            if not self.lost.done():
                self._loop.remove_writer(self._control.fileno())

    def _read(self) -> None:
        while not self.lost.done():
            try:
                data = self._control.recv(1 << 20)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self._lose()
                return
            self._told(_decoder.decode(data))

    def _lose(self) -> None:
        if self.lost.done():
            return
        self._loop.remove_reader(self._control.fileno())
        with contextlib.suppress(OSError):
            self._control.close()
        self.lost.set_result(None)
