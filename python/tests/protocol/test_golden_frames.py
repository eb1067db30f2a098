"""The frames that every implementation of the protocol encodes and reads, tests/golden/frames.json."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stepwell.protocol.codec import decode, decode_text, encode, encode_text
from stepwell.protocol.errors import BadFrameError
from stepwell.protocol.frames import answers_of, requests_of

GOLDEN: dict[str, list[dict[str, str]]] = json.loads(
    (Path(__file__).parents[3] / "tests/golden/frames.json").read_text(encoding="utf-8")
)


def named(entries: list[dict[str, str]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("entry", entries, ids=[entry["name"] for entry in entries])


@named(GOLDEN["frames"])
def test_a_frame_is_encoded_and_decoded_as_written_down(entry: dict[str, str]) -> None:
    value = json.loads(entry["text"])
    assert encode(value).hex() == entry["hex"]
    assert encode_text(value) == entry["text"]
    assert decode(bytes.fromhex(entry["hex"])) == value
    assert decode_text(entry["text"]) == value
    if entry["from"] == "client":
        requests_of(value)
    else:
        frames = value if isinstance(value, list) else [value]
        answers = answers_of(encode(value))
        assert [answer.re for answer in answers] == [frame.get("re") for frame in frames]
        for answer, frame in zip(answers, frames, strict=True):
            if "ok" in frame:
                assert decode(bytes(answer.ok)) == frame["ok"]
            if "err" in frame:
                assert answer.err is not None
                assert answer.err.to_exception().to_wire() == frame["err"]


@named(GOLDEN["accepted"])
def test_a_longer_form_is_read_too(entry: dict[str, str]) -> None:
    value = decode_text(entry["text"]) if "text" in entry else decode(bytes.fromhex(entry["hex"]))
    assert value == json.loads(entry["value"])


# What a client refuses too: the rest of the list are limits, fields and types that a server alone checks.
TRUSTED = ("__proto__", "bytes", "timestamp", "as a key")
BROKEN = [
    entry for entry in GOLDEN["refused"] if entry["code"] == "bad_frame" and not any(word in entry["name"] for word in TRUSTED)
]


@named(BROKEN)
def test_what_is_no_frame_is_refused(entry: dict[str, str]) -> None:
    with pytest.raises(BadFrameError):
        requests_of(decode_text(entry["text"]) if "text" in entry else decode(bytes.fromhex(entry["hex"])))
