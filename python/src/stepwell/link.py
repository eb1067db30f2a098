"""The one transport: a WebSocket of the `websockets` package on an asyncio loop, driven by the core."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect, unix_connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Subprotocol

from .core import WELCOME_S, Core
from .protocol.limits import INBOUND_BYTES, SUBPROTOCOL

if TYPE_CHECKING:
    import ssl

    from .core import Batch


@dataclass(frozen=True)
class Address:
    """Where a server is: the URL of its socket, and the path where it is a unix socket."""

    url: str
    unix: str | None = None

    @classmethod
    def of(cls, url: str) -> Address:
        """Reads `ws://HOST:PORT`, `wss://`, `http://`, `https://`, `unix:/PATH`, `ws+unix:/PATH[:/v1]`. Raises ValueError."""
        for scheme in ("ws+unix:", "unix:"):
            if url.startswith(scheme):
                rest = url[len(scheme) :]
                path, _, route = rest.removeprefix("//").partition(":")
                if not path:
                    raise ValueError(f"{url!r} names no socket: expected unix:/path/to/socket")
                return cls(f"ws://localhost{route or '/v1'}", path)
        parts = urlsplit(url if "://" in url else f"ws://{url}")
        scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
        if scheme not in ("ws", "wss") or not parts.hostname:
            raise ValueError(
                f"{url!r} is no address of a server: expected ws://HOST:PORT, wss://, http://, https:// or unix:/PATH"
            )
        path = "/v1" if parts.path in ("", "/") else parts.path
        return cls(urlunsplit((scheme, parts.netloc, path, parts.query, "")))


class Link:
    """Carries batches between callers of one event loop and a server, across reconnects."""

    def __init__(self, core: Core, address: Address, tls: ssl.SSLContext | None, proxy: str | None) -> None:
        self._core = core
        self._address = address
        self._tls = tls
        self._proxy = proxy
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._to_write = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._socket: ClientConnection | None = None
        self._dropped = ""
        self._task = self._loop.create_task(self._run(), name="stepwell link")

    @property
    def core(self) -> Core:
        """What is known of the session."""
        return self._core

    async def ready(self) -> None:
        """Waits for the first welcome. Raises the error that ended the client instead."""
        await asyncio.shield(self._ready)

    async def send(self, batch: Batch[Any]) -> None:
        """Sends a batch and waits until each of its calls has a result. Batches of one turn of the loop share a message."""
        if batch.left == 0:
            return
        done: asyncio.Future[None] = self._loop.create_future()
        batch.on_done = lambda _: None if done.done() else done.set_result(None)
        self._core.submit(batch, self._loop.time())
        if batch.left:
            self._to_write.set()
            self._arm()
        try:
            await done
        except asyncio.CancelledError:
            self._core.abandon(batch)
            raise

    async def close(self) -> None:
        """Ends the client and waits until its socket is closed."""
        self._core.close()
        self._after()
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _run(self) -> None:
        core, loop = self._core, self._loop
        try:
            while core.closed is None:
                await asyncio.sleep(max(0.0, (core.retry_at or 0.0) - loop.time()))
                code, reason = await self._one_socket()
                core.lost(code, reason, loop.time())
                self._after()
        finally:
            if self._timer is not None:
                self._timer.cancel()
            if self._socket is not None:
                await self._socket.close()

    async def _one_socket(self) -> tuple[int, str]:
        """Opens a socket and stays with it until it is gone; the close code and the reason."""
        try:
            socket = await self._open()
        except (OSError, WebSocketException, asyncio.TimeoutError) as error:
            return 1006, str(error) or type(error).__name__
        self._socket = socket
        self._dropped = ""
        self._core.opened(self._loop.time())
        self._to_write.set()
        writer = self._loop.create_task(self._write(socket), name="stepwell writer")
        try:
            while True:
                message = await socket.recv()
                self._core.received(message, self._loop.time())
                self._after()
        except ConnectionClosed:
            return (1006, self._dropped) if self._dropped else (socket.close_code or 1006, socket.close_reason or "")
        finally:
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionClosed):
                await writer

    async def _open(self) -> ClientConnection:
        options: dict[str, Any] = {
            "subprotocols": [Subprotocol(SUBPROTOCOL)],
            "compression": None,
            "max_size": INBOUND_BYTES,
            # The server pings; and while replies are owed the core watches for silence.
            "ping_interval": None,
            "open_timeout": WELCOME_S,
            "close_timeout": 1,
            "user_agent_header": None,
        }
        if self._tls is not None:
            options["ssl"] = self._tls
        if self._address.unix is not None:
            return await unix_connect(self._address.unix, self._address.url, **options)
        return await connect(self._address.url, proxy=self._proxy, **options)

    async def _write(self, socket: ClientConnection) -> None:
        while True:
            await self._to_write.wait()
            self._to_write.clear()
            for message in self._core.messages(self._loop.time()):
                await socket.send(message)
            self._arm()

    def _after(self) -> None:
        """Does what the core asks for after it was told something."""
        core = self._core
        if not self._ready.done():
            if core.closed is not None:
                self._ready.set_exception(core.closed)
                # Whoever closes a client before it was ready need not look.
                self._ready.exception()
            elif core.is_welcomed:
                self._ready.set_result(None)
        if core.drop is not None:
            self._dropped, core.drop = core.drop, None
            if self._socket is not None and core.closed is None:
                # Not by the closing handshake: nobody may be there to answer it.
                self._socket.transport.abort()
            elif self._socket is not None:
                self._loop.create_task(self._socket.close())
        self._to_write.set()
        self._arm()

    def _arm(self) -> None:
        """Keeps one timer, for the first of the core's deadlines."""
        due = self._core.deadline()
        timer = self._timer
        if timer is not None and not timer.cancelled():
            if due is not None and timer.when() <= due:
                return
            timer.cancel()
        self._timer = None if due is None else self._loop.call_at(due, self._wake)

    def _wake(self) -> None:
        self._timer = None
        self._core.wake(self._loop.time())
        self._after()
