from __future__ import annotations

import re
from pathlib import Path

from stepwell.protocol.errors import ERRORS, InternalError, UnauthorizedError, error_of, refusal_of

DOCUMENT = Path(__file__).parents[3] / "docs/protocol.md"


def test_the_classes_are_the_table_of_the_specification() -> None:
    row = re.compile(r"^\| `(\w+)` \| (\d+) \| (\d*) ?\| (yes)? ?\| (.*) \|$", re.MULTILINE)
    documented = [
        (code, int(http), int(close) if close else None, retryable == "yes")
        for code, http, close, retryable, _ in row.findall(DOCUMENT.read_text(encoding="utf-8"))
    ]
    ours = [(error.code, error.http, error.close, error.always_retryable) for error in ERRORS.values()]
    assert ours == documented


def test_an_error_of_a_newer_server_keeps_what_it_says() -> None:
    error = error_of("not_yet_known", "later", retryable=True, retry_after_ms=250)
    assert isinstance(error, InternalError)
    assert (str(error), error.retryable, error.retry_after) == ("internal: not_yet_known: later", True, 0.25)


def test_a_close_code_that_would_come_again_is_an_error() -> None:
    assert isinstance(refusal_of(4401, ""), UnauthorizedError)
    assert refusal_of(4503, "shutting_down") is None
    assert refusal_of(1006, "") is None
