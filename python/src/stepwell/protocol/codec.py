"""Messages as bytes and back: msgpack by msgspec, JSON for people who look.

msgspec writes what the protocol asks for (shortest integers, 64-bit floats, also whole ones) and reads replies straight
into the classes of results.py: in half the time that `msgpack` takes for dicts; it writes in a quarter of its time
(benchmarks/load/python_codec.py).
It is lenient where a server is trusted: it also reads bytes, timestamps and keys that are no texts.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Literal

import msgspec

from .errors import BadFrameError, BadRequestError, TooDeepError
from .limits import DEPTH, ITEMS

Encoding = Literal["msgpack", "json"]

_encoder = msgspec.msgpack.Encoder()
_HALF_PAIR = re.compile("[\ud800-\udfff]")


def encode(value: Any) -> bytes:
    """One frame, or a list of frames, as msgpack. Raises BadRequestError for what cannot be written."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        return _encoder.encode(well_formed(msgspec.to_builtins(value)))
    except (TypeError, OverflowError, RecursionError, ValueError) as error:
        raise BadRequestError(f"the request holds what JSON cannot say: {error}") from None


def decode(message: bytes) -> Any:
    """The value of a msgpack message. Raises BadFrameError; never what the decoder raised."""
    try:
        return _decoder.decode(message)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, TypeError) as error:
        raise BadFrameError(f"the message is no msgpack value: {error}") from None


def _no_extension(code: int, data: memoryview) -> Any:
    raise BadFrameError(f"msgpack extension {code} is not used here")


_decoder = msgspec.msgpack.Decoder(ext_hook=_no_extension)


def encode_text(value: Any) -> str:
    """One frame, or a list of frames, as JSON text. Raises BadRequestError."""
    try:
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadRequestError(f"the request holds what JSON cannot say: {error}") from None
    return _HALF_PAIR.sub("\ufffd", text)


def decode_text(message: str) -> Any:
    """The value of a JSON message. Raises BadFrameError."""
    try:
        return json.loads(message, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadFrameError(f"the message is no JSON value: {error}") from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON value")


def well_formed(value: Any) -> Any:
    """The value with U+FFFD for every half of a surrogate pair, which UTF-8 cannot write."""
    if isinstance(value, str):
        return _HALF_PAIR.sub("\ufffd", value)
    if isinstance(value, dict):
        return {well_formed(key): well_formed(field) for key, field in value.items()}
    if isinstance(value, (list, tuple)):
        return [well_formed(item) for item in value]
    return value


def check_json(value: Any, what: str) -> None:
    """Refuses, before it is sent, what would make a server close the connection, and with it every other call.

    Raises BadRequestError for what JSON cannot say, TooDeepError past the limits of the wire. `what` names the value.
    """
    left = ITEMS

    def check(inner: Any, path: str, levels: int) -> None:
        nonlocal left
        kind = type(inner)
        if inner is None or kind is str or kind is bool:
            return
        if kind is int:
            if not -(2**53) < inner < 2**53:
                raise BadRequestError(f"{path}: {inner} does not fit into 2^53: send it as a text")
            return
        if kind is float:
            if not math.isfinite(inner):
                raise BadRequestError(f"{path}: {inner} is no JSON value")
            return
        if kind is not dict and kind is not list and kind is not tuple:
            raise BadRequestError(f"{path}: a {kind.__name__} is no JSON value")
        left -= len(inner) * (2 if kind is dict else 1)
        if levels == 0 or left < 0:
            raise TooDeepError(f"{what} is nested more than {DEPTH} levels deep, or has more than {ITEMS} values")
        if kind is dict:
            for key, field in inner.items():
                if type(key) is not str or key == "__proto__":
                    raise BadRequestError(f"{path}: the key {key!r} is not a text that may be sent")
                check(field, f"{path}.{key}", levels - 1)
        else:
            for index, item in enumerate(inner):
                check(item, f"{path}.{index}", levels - 1)

    check(value, what, DEPTH - 4)
