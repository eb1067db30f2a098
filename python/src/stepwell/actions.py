"""Actions: what a model said, as the message that a step carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from .protocol.errors import BadRequestError

Action: TypeAlias = str | Mapping[str, Any] | Any
"""A text, an assistant message as a dict, or a message object of the OpenAI client (whatever has `model_dump`)."""


class Function(msgspec.Struct):
    """What a call calls."""

    name: str
    arguments: str
    """JSON."""


class ToolCall(msgspec.Struct):
    """A call as OpenAI has it."""

    id: str
    type: Literal["function"]
    function: Function


class AssistantMessage(msgspec.Struct):
    """What goes over the wire of an action; other fields of a message are left out."""

    role: Literal["assistant"] = "assistant"
    content: str | None = None
    tool_calls: list[ToolCall] | msgspec.UnsetType = msgspec.UNSET


def wire_action(action: Action) -> AssistantMessage:
    """The assistant message of an action.

    Raises BadRequestError for what is no assistant message: sent, it might close the connection of every other call.
    """
    if type(action) is str:
        return AssistantMessage("assistant", action)
    try:
        # In C, and so in a third of the time that it takes to look at each field here.
        return msgspec.convert(action, AssistantMessage)
    except msgspec.ValidationError:
        return _lenient(action)


def _lenient(action: Action) -> AssistantMessage:
    """The same for messages that other clients write in their own way, and the error of those that say nothing."""
    if isinstance(action, str):
        return AssistantMessage("assistant", str(action))
    if not isinstance(action, Mapping):
        dump = getattr(action, "model_dump", None)
        if dump is None:
            raise BadRequestError(f"an action is a text or an assistant message, not a {type(action).__name__}")
        action = dump()
    role = action.get("role", "assistant")
    if role != "assistant":
        raise BadRequestError(f"an action has the role assistant, not {role!r}")
    content = action.get("content")
    if content is not None and type(content) is not str:
        content = _text_of(content)
    calls = action.get("tool_calls")
    if not calls:
        return AssistantMessage("assistant", content)
    return AssistantMessage("assistant", content, [_wire_call(call, index) for index, call in enumerate(calls)])


def _wire_call(call: Any, index: int) -> ToolCall:
    function = call.get("function") if isinstance(call, Mapping) else None
    name, arguments = (function.get("name"), function.get("arguments")) if isinstance(function, Mapping) else (None, None)
    if not isinstance(name, str) or not isinstance(arguments, str):
        raise BadRequestError(
            f"tool_calls.{index}: expected {{id, type, function: {{name, arguments}}}} with arguments as a JSON text"
        )
    call_id = call.get("id")
    return ToolCall(call_id if isinstance(call_id, str) else f"call_{index}", "function", Function(name, arguments))


def _text_of(content: Any) -> str:
    """The text of a content in parts, as some clients have it."""
    if isinstance(content, list) and all(isinstance(part, Mapping) and isinstance(part.get("text"), str) for part in content):
        return "".join(part["text"] for part in content)
    raise BadRequestError("the content of an action is a text, None, or a list of text parts")
