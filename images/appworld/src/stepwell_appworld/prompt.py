"""The system message. A template of the user's own may replace ours: STEPWELL_APPWORLD_TEMPLATE names its file.

Its fields are `{{ main_user.first_name }}` (also last_name, email, phone_number), `{{ app_descriptions }}` and
`{{ instruction }}`. Without `params.prompt` only what follows its last `USER:` is sent.
"""

from __future__ import annotations

import os
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

_FIELD = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
_MARK = "USER:"


def template(*, is_simple: bool) -> str:
    """The template's text. Raises OSError where the file that was named cannot be read."""
    given = os.environ.get("STEPWELL_APPWORLD_TEMPLATE")
    if given:
        return Path(given).read_text(encoding="utf-8")
    name = "simple.txt" if is_simple else "full.txt"
    return files(__package__).joinpath("prompts", name).read_text(encoding="utf-8")


def render(text: str, values: dict[str, Any], *, is_whole: bool) -> str:
    """Fills the template in. Raises ValueError for a field that there is not."""
    if not is_whole and _MARK in text:
        text = text.rpartition(_MARK)[2]

    def field(found: re.Match[str]) -> str:
        value: Any = values
        for part in found[1].split("."):
            if not (isinstance(value, dict) and part in value):
                raise ValueError(f"the prompt template has a field {found[1]!r} that there is not")
            value = value[part]
        return str(value)

    return _FIELD.sub(field, text).strip()
