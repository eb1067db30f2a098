"""Actions: what a model said, as the message that a step carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from .protocol.errors import BadRequestError

if TYPE_CHECKING:
    from .results import Message

Action: TypeAlias = str | Mapping[str, Any] | Any
"""A text, an assistant message as a dict, or a message object of the OpenAI client (whatever has `model_dump`)."""


def wire_action(action: Action) -> Message:
    """The assistant message of an action: `role`, `content`, `tool_calls`; other fields are left out.

    Raises BadRequestError for what is no assistant message: sent, it might close the connection of every other call.
    """
    if isinstance(action, str):
        return {"role": "assistant", "content": action}
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
        return {"role": "assistant", "content": content}
    return {
        "role": "assistant",
        "content": content,
        "tool_calls": [_wire_call(call, index) for index, call in enumerate(calls)],
    }


def _wire_call(call: Any, index: int) -> dict[str, Any]:
    function = call.get("function") if isinstance(call, Mapping) else None
    name, arguments = (function.get("name"), function.get("arguments")) if isinstance(function, Mapping) else (None, None)
    if not isinstance(name, str) or not isinstance(arguments, str):
        raise BadRequestError(
            f"tool_calls.{index}: expected {{id, type, function: {{name, arguments}}}} with arguments as a JSON text"
        )
    call_id = call.get("id")
    return {
        "id": call_id if isinstance(call_id, str) else f"call_{index}",
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }


def _text_of(content: Any) -> str:
    """The text of a content in parts, as some clients have it."""
    if isinstance(content, list) and all(isinstance(part, Mapping) and isinstance(part.get("text"), str) for part in content):
        return "".join(part["text"] for part in content)
    raise BadRequestError("the content of an action is a text, None, or a list of text parts")
