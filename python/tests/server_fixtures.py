"""What tests share: a real server, found as the tests of a checkout find it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from helpers import NODE, ROOT, SERVER, CuttingProxy, Start, port_of

import stepwell
from stepwell.protocol.codec import decode_text


@pytest.fixture(scope="session")
def start() -> Start:
    """Starts a server of this checkout; the arguments are those of `stepwell.serve`."""

    def start_server(*args: Any, **kwargs: Any) -> stepwell.LocalServer:
        return stepwell.serve(*args, command=SERVER, **kwargs)

    return start_server


@pytest.fixture(scope="session")
def url(start: Start) -> Iterator[str]:
    """A server of `guess` for all tests."""
    with start(["guess"]) as server:
        yield server.url


@pytest.fixture(scope="session")
def bfcl_url(start: Start) -> Iterator[str]:
    """A server of `bfcl` for all tests."""
    with start(["bfcl"], timeout=300.0) as server:
        yield server.url


@pytest.fixture(scope="session")
def truth() -> dict[str, list[stepwell.Message]]:
    """For a few BFCL tasks of each category the messages of a policy that knows the answers."""
    script = ROOT / "tests/python/truth-messages.ts"
    ran = subprocess.run(
        [NODE, str(ROOT / "bin/bun.mjs"), str(script), "4"], check=True, capture_output=True, text=True, timeout=300
    )
    answers: dict[str, list[stepwell.Message]] = decode_text(ran.stdout)
    assert len(answers) >= 16
    return answers


@pytest.fixture
def proxy(url: str) -> Iterator[CuttingProxy]:
    """A proxy before the server of `guess`."""
    proxy = CuttingProxy(("127.0.0.1", port_of(url)))
    yield proxy
    proxy.close()
