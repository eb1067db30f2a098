"""The code in an assistant message: tool calls of `appworld`, else the first fenced block of Python."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

TOOL_NAME = "appworld"
TOOL = {
    "type": "function",
    "function": {
        "name": TOOL_NAME,
        "description": "Runs Python code in the session and returns what it prints. Variables stay between calls.",
        "parameters": {
            "type": "object",
            "properties": {"code": {"type": "string", "description": "The code to run."}},
            "required": ["code"],
        },
    },
}

_THINK = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_FENCE = re.compile(r"```(?:python|py|Python)[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL)
_BARE_FENCE = re.compile(r"```[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL)


@dataclass(slots=True)
class Action:
    """What to run, in order; each with the id of its tool call, None for code in the text."""

    runs: list[tuple[str | None, str]] = field(default_factory=list)
    format: str | None = None
    errors: list[str] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)
    """Tool calls that cannot be run: id, and what the model reads."""


def read(message: dict[str, Any], *, allowed: str = "auto", is_simple: bool = False) -> Action:
    """Reads a message as `params.action_format` has it (`auto`, `tool_calls`, `code`).

    In the simple mode code needs no fence.
    """
    calls = message.get("tool_calls") or []
    if calls and allowed != "code":
        return _from_calls(calls)
    if allowed == "tool_calls":
        return Action(errors=["no tool call in the message"])
    content = message.get("content")
    text = _THINK.sub("", content if isinstance(content, str) else "")
    found = _FENCE.search(text) or (_BARE_FENCE.search(text) if is_simple else None)
    if found and found[1].strip():
        return Action([(None, found[1])], "code")
    if found:
        return Action(errors=["the block of Python is empty"])
    if is_simple and text.strip():
        return Action([(None, text.strip())], "text")
    return Action(errors=["no block of Python in the message: it begins with ```python on a line of its own"])


def _from_calls(calls: list[Any]) -> Action:
    action = Action(format="tool_calls")
    for call in calls:
        function = call.get("function") or {}
        name, call_id = function.get("name"), str(call.get("id") or "")
        try:
            given = function.get("arguments")
            arguments = json.loads(given) if isinstance(given, str) else given
        except ValueError as error:
            arguments = None
            problem = f"the arguments of {name} are no JSON: {error}"
        else:
            problem = f'{TOOL_NAME} takes {{"code": "..."}}'
        if name != TOOL_NAME:
            problem = f"there is no tool {name!r}, only {TOOL_NAME!r}"
        elif isinstance(arguments, dict) and isinstance(arguments.get("code"), str):
            action.runs.append((call_id, arguments["code"]))
            continue
        action.errors.append(problem)
        action.rejected.append((call_id, problem))
    return action
