"""The parameters of a create, checked."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from stepwell.worker import BadParamsError

REWARDS = ("sparse", "success", "dense")
ACTION_FORMATS = ("auto", "code", "tool_calls")
OF_THE_SERVER = frozenset({"max_steps", "idle_timeout_s", "action_timeout_s"})
"""Parameters of every environment, which the server acts on."""


@dataclass(frozen=True, slots=True)
class Params:
    """With their defaults."""

    reward: str = "sparse"
    """`sparse`, `success`: 1 when solved. `dense`: tests passed, of all."""
    action_format: str = "auto"
    prompt: bool = True
    """False: the system message is only what follows the last `USER:` of the template."""
    simple: bool = False
    """The shorter template, code without fences, and output without a frame around it."""
    max_output_chars: int = 100_000
    """Characters of one observation; what is longer is cut, and says so."""


def read(given: dict[str, Any]) -> Params:
    """Raises BadParamsError that says what is wrong and what there is."""
    known = {field.name for field in fields(Params)}
    for name in given:
        if name not in known | OF_THE_SERVER:
            raise BadParamsError(f"appworld has no parameter {name!r}; there are: {', '.join(sorted(known))}")
    params = Params(**{name: value for name, value in given.items() if name in known})
    if params.reward not in REWARDS:
        raise BadParamsError(f"reward is one of {', '.join(REWARDS)}, not {params.reward!r}")
    if params.action_format not in ACTION_FORMATS:
        raise BadParamsError(f"action_format is one of {', '.join(ACTION_FORMATS)}, not {params.action_format!r}")
    for name in ("prompt", "simple"):
        if not isinstance(getattr(params, name), bool):
            raise BadParamsError(f"{name} is true or false")
    most = params.max_output_chars
    if not isinstance(most, int) or isinstance(most, bool) or not 100 <= most <= 1_000_000:
        raise BadParamsError("max_output_chars is a whole number from 100 to 1000000")
    return params
