"""Task lists as the rows that each trainer loads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

from .protocol.errors import StepwellError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .aio import AsyncClient, AsyncInstance
    from .results import TaskRow
    from .sync import Client

Trainer = Literal["verl", "trl", "skyrl", "verifiers"]
TRAINERS: tuple[str, ...] = get_args(Trainer)

VERL_AGENT = "stepwell_agent"
"""The name under which the agent loop for verl is registered."""
SKYRL_ENV = "stepwell"
"""The name under which the environment for SkyRL-gym is registered."""

Row = dict[str, Any]

CREATE_AT_ONCE = 256


def dataset(
    env_type: str,
    split: str,
    for_: Trainer,
    *,
    url: str = "ws://127.0.0.1:8000",
    token: str | None = None,
    params: Mapping[str, Any] | None = None,
    where: Mapping[str, Any] | None = None,
    limit: int | None = None,
) -> list[Row]:
    """The rows of a split as a trainer loads them: its first messages, what names the environment, extra info, provenance.

    Each task is created once for its first messages and let go. `params` are kept in the row and used for its episodes.
    Give the rows to `datasets.Dataset.from_list`, or write them with `write_parquet`. Raises StepwellError, ValueError.
    """
    from .sync import Client

    with Client(url, token=token) as well:
        return rows_of(well, env_type, split, for_, params=params, where=where, limit=limit)


def rows_of(
    well: Client,
    env_type: str,
    split: str,
    for_: Trainer,
    *,
    params: Mapping[str, Any] | None = None,
    where: Mapping[str, Any] | None = None,
    limit: int | None = None,
) -> list[Row]:
    """`dataset` over a client that is connected."""
    if for_ not in TRAINERS:
        raise ValueError(f"for_: expected one of {', '.join(TRAINERS)}, not {for_!r}")
    return well._run(_rows(well._async, env_type, split, for_, dict(params or {}), where, limit))


def write_parquet(rows: list[Row], path: str | Path) -> None:
    """Writes rows as a Parquet file. Needs `pyarrow` (`pip install stepwell[data]`)."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise ImportError("a Parquet file needs pyarrow: pip install 'stepwell[data]'") from error
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), str(path))


async def _rows(
    well: AsyncClient,
    env_type: str,
    split: str,
    for_: Trainer,
    params: dict[str, Any],
    where: Mapping[str, Any] | None,
    limit: int | None,
) -> list[Row]:
    tasks = await well.tasks(env_type, split, where=where, limit=limit)
    rows: list[Row] = []
    for start in range(0, len(tasks), CREATE_AT_ONCE):
        some = tasks[start : start + CREATE_AT_ONCE]
        created = await well.create_many(env_type, [task["task_id"] for task in some], params=params)
        held = [item for item in created if not isinstance(item, StepwellError)]
        await well.release_many(held)
        if len(held) < len(created):
            raise next(item for item in created if isinstance(item, StepwellError))
        for task, inst in zip(some, held, strict=True):
            rows.append(_row(for_, env_type, split, len(rows), task, inst, params))
    return rows


def _row(
    for_: Trainer, env_type: str, split: str, index: int, task: TaskRow, inst: AsyncInstance, params: dict[str, Any]
) -> Row:
    import json

    facts = {
        "env_type": env_type,
        "task_id": inst.task_id,
        "split": split,
        # As texts: Parquet gives every row the same fields.
        "params": json.dumps(params),
        "provenance": json.dumps(inst.info.get("provenance")),
        "columns": json.dumps(task),
    }
    prompt = [{"role": message["role"], "content": message["content"]} for message in inst.state]
    data_source = f"stepwell/{env_type}"
    if for_ == "verl":
        return {
            "prompt": prompt,
            "agent_name": VERL_AGENT,
            "data_source": data_source,
            "ability": "tool_use",
            "reward_model": {"style": "rule", "ground_truth": ""},
            "extra_info": {"index": index, "split": split, **facts},
        }
    if for_ == "skyrl":
        return {"prompt": prompt, "env_class": SKYRL_ENV, "data_source": data_source, "extra_info": facts}
    if for_ == "trl":
        # GRPOTrainer appends what reset() returns to the prompt's last message: the conversation begins there.
        return {"prompt": [{"role": "user", "content": ""}], **facts}
    return {"prompt": prompt, "answer": "", "task": env_type, "info": json.dumps(facts)}
