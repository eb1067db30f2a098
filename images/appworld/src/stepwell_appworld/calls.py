"""What the executor may ask of the official APIs: the public ones, with parameters that stay parameters.

The stock engine pastes path parameters into the address, where `../` reaches its management routes, and reads a few
keywords as orders to itself (`track=False` leaves the log and the limit). Here a call names a public API, and none of
its parameters can be anything else.
"""

from __future__ import annotations

import re
from typing import Any

RESERVED = frozenset({"client", "track", "show", "_app_name", "_api_name", "url", "self"})
"""Keywords that the engine would take for itself; no public API has a parameter of these names."""
INVALID_PATH = "API not found or some of the passed parameters are invalid."
"""The engine's own words for a path that leads nowhere."""

_NOT_IN_PATH = re.compile(r"[\x00-\x1f\x7f/\\?#%;]")
_IN_PATH = re.compile(r"\{(\w+)\}")


class RefusedError(Exception):
    """A call that is not made; its text is what the model reads."""


def check(table: dict[tuple[str, str], tuple[str, str]], frame: Any) -> tuple[str, str, dict[str, Any], bool]:
    """App, API, parameters, and whether a failure raises. Raises RefusedError; PathRefusedError for a bad path."""
    if not isinstance(frame, dict):
        raise RefusedError("a call is an object")
    app, api, kw, raises = frame.get("app"), frame.get("api"), frame.get("kw"), frame.get("raises", True)
    if not (isinstance(app, str) and isinstance(api, str) and isinstance(kw, dict) and isinstance(raises, bool)):
        raise RefusedError("a call has an app, an API and parameters")
    if (app, api) not in table:
        raise RefusedError(f"No API named '{api}' found in the {app} app.")
    for name in kw:
        if name in RESERVED or name.startswith("_"):
            raise RefusedError(f"'{name}' is no parameter of {app}.{api}.")
    for name in _IN_PATH.findall(table[app, api][1]):
        if name in kw and not is_path_value(kw[name]):
            raise PathRefusedError(f"Response status code is 405:\n{INVALID_PATH}")
    return app, api, kw, raises


class PathRefusedError(RefusedError):
    """A path parameter that would lead elsewhere; without `raises` it is a reply, as the engine has it."""


def is_path_value(value: Any) -> bool:
    """Whether a value stays one part of a path."""
    if isinstance(value, dict | list):
        return False
    text = str(value)
    return text not in ("", ".", "..") and not _NOT_IN_PATH.search(text)
