"""msgspec against msgpack on the frames of a batch of steps: microseconds a frame, best of 50.

Run it with both packages installed: `python benchmarks/load/python_codec.py`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgpack
import msgspec
from stepwell.protocol.codec import encode
from stepwell.protocol.frames import answers_of
from stepwell.results import StepResult

FRAMES = 1024
OBSERVATION = '<tool_response>\n{"current_directory_content": ["a.txt", "b.txt"]}\n</tool_response>'
INFO = {
    "step": 3,
    "action": {"valid": True, "format": "hermes", "parse_errors": []},
    "observation_hash": "ab" * 32,
}
RESULT = {
    "state": [{"role": "user", "content": OBSERVATION}],
    "reward": 0.0,
    "is_terminated": False,
    "is_truncated": False,
    "info": INFO,
}


def best(run: Callable[[], Any]) -> float:
    """Microseconds a frame."""
    least = float("inf")
    for _ in range(50):
        start = time.perf_counter()
        run()
        least = min(least, time.perf_counter() - start)
    return least / FRAMES * 1e6


def main() -> None:
    """Prints one line each for reading and writing."""
    replies = encode([{"re": number, "ok": RESULT} for number in range(FRAMES)])
    action = {"role": "assistant", "content": "<tool_call>\n" + "x" * 100 + "\n</tool_call>"}
    requests = [{"id": number, "op": "step", "instance_id": "n0-abcdefgh", "action": action} for number in range(FRAMES)]
    step = msgspec.msgpack.Decoder(StepResult)
    typed = best(lambda: [step.decode(answer.ok) for answer in answers_of(replies)])
    print(f"read:  msgspec into classes {typed:.2f}, msgpack into dicts {best(lambda: msgpack.unpackb(replies)):.2f} us")
    print(f"write: msgspec {best(lambda: encode(requests)):.2f}, msgpack {best(lambda: msgpack.packb(requests)):.2f} us")


if __name__ == "__main__":
    main()
