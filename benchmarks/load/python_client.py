"""Steps per second from one Python process: batches, one by one, and `requests` on the HTTP routes, in one run.

Replays the ground truth of BFCL multi-turn tasks of all four categories, N episodes at a time, against a server of its own.
Run it from the checkout with the package and `requests` installed: `python benchmarks/load/python_client.py [--seconds 8]`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import requests
import stepwell
from requests.adapters import HTTPAdapter

ROOT = Path(__file__).parents[2]
NODE = shutil.which("node") or "node"
Truth = dict[str, list[dict[str, Any]]]


@dataclass
class Tally:
    """Steps of one way, with the time that each call took (seconds)."""

    way: str
    n: int
    steps: int = 0
    solved: int = 0
    episodes: int = 0
    seconds: float = 0.0
    calls: list[float] = field(default_factory=list)

    def row(self) -> dict[str, Any]:
        """The figures of a row."""
        return {
            "way": self.way,
            "n": self.n,
            "steps_per_s": round(self.steps / self.seconds),
            "p50_ms": round(statistics.median(self.calls) * 1000, 2),
            "episodes": self.episodes,
            "solved": self.solved,
        }


def task_ids(truth: Truth, n: int) -> list[str]:
    """N tasks, all categories in turn."""
    return list(islice(cycle(truth), n))


async def in_batches(url: str, truth: Truth, n: int, seconds: float) -> Tally:
    """All live episodes take their next step in one call."""
    tally = Tally("step_many", n)
    async with stepwell.connect(url) as well:
        while tally.seconds < seconds:
            created = await well.create_many("bfcl", task_ids(truth, n))
            live = [(inst, iter(truth[inst.task_id])) for inst in created if isinstance(inst, stepwell.AsyncInstance)]
            held = [inst for inst, _ in live]
            start = time.perf_counter()
            while live:
                actions = [next(script) for _, script in live]
                sent = time.perf_counter()
                steps = await well.step_many([inst for inst, _ in live], actions)
                tally.calls.append(time.perf_counter() - sent)
                tally.steps += len(steps)
                live = [
                    one
                    for one, step in zip(live, steps, strict=True)
                    if isinstance(step, stepwell.StepResult) and not step.is_terminated
                ]
            tally.seconds += time.perf_counter() - start
            scores = await well.evaluate_many(held)
            tally.episodes += n
            tally.solved += sum(isinstance(score, stepwell.Evaluation) and score.reward == 1.0 for score in scores)
            await well.release_many(held)
    return tally


async def one_by_one(url: str, truth: Truth, n: int, seconds: float) -> Tally:
    """Each episode is a task of its own that awaits its own steps."""
    tally = Tally("step", n)

    async def play(well: stepwell.AsyncClient, inst: stepwell.AsyncInstance) -> None:
        for action in truth[inst.task_id]:
            sent = time.perf_counter()
            await inst.step(action)
            tally.calls.append(time.perf_counter() - sent)
            tally.steps += 1

    async with stepwell.connect(url) as well:
        while tally.seconds < seconds:
            created = await well.create_many("bfcl", task_ids(truth, n))
            held = [inst for inst in created if isinstance(inst, stepwell.AsyncInstance)]
            start = time.perf_counter()
            await asyncio.gather(*(play(well, inst) for inst in held))
            tally.seconds += time.perf_counter() - start
            scores = await well.evaluate_many(held)
            tally.episodes += n
            tally.solved += sum(isinstance(score, stepwell.Evaluation) and score.reward == 1.0 for score in scores)
            await well.release_many(held)
    return tally


def over_http(url: str, truth: Truth, n: int, seconds: float) -> Tally:
    """N threads with `requests`, as clients of the older service do it: each episode in its thread, over one pool."""
    tally = Tally("requests on HTTP", n)
    base = url.replace("ws:", "http:").removesuffix("/v1")
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", HTTPAdapter(pool_connections=n, pool_maxsize=n))
    lock = threading.Lock()
    over = time.perf_counter() + seconds

    def post(route: str, **body: Any) -> Any:
        answer = session.post(f"{base}/{route}", json={"env_type": "bfcl", **body}, timeout=120)
        answer.raise_for_status()
        return answer.json()["data"]

    def play(task_id: str) -> None:
        while time.perf_counter() < over:
            instance_id = post("create", task_id=task_id)["info"]["instance_id"]
            stepping: list[float] = []
            for action in truth[task_id]:
                sent = time.perf_counter()
                post("step", instance_id=instance_id, messages=action)
                stepping.append(time.perf_counter() - sent)
                if time.perf_counter() >= over:
                    break
            whole = len(stepping) == len(truth[task_id])
            solved = whole and post("evaluate", instance_id=instance_id, params={"sparse": True}) == 1.0
            post("release", instance_id=instance_id)
            with lock:
                tally.steps += len(stepping)
                tally.calls += stepping
                tally.episodes += whole
                tally.solved += solved

    threads = [threading.Thread(target=play, args=(task_id,)) for task_id in task_ids(truth, n)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tally.seconds = time.perf_counter() - start
    return tally


def main() -> None:
    """Prints a row for each way and N, and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8.0, help="for each way and N (default 8)")
    parser.add_argument("--n", type=int, nargs="*", default=[64, 1024])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    script = ROOT / "tests/python/truth-messages.ts"
    said = subprocess.run([NODE, str(ROOT / "bin/bun.mjs"), str(script), "50"], check=True, capture_output=True, text=True)
    truth: Truth = json.loads(said.stdout)
    rows: list[dict[str, Any]] = []
    with stepwell.serve(["bfcl"], command=[NODE, str(ROOT / "bin/stepwell.mjs")]) as server:
        for n in options.n:
            asyncio.run(in_batches(server.url, truth, n, 1.0))
            for tally in (
                asyncio.run(in_batches(server.url, truth, n, options.seconds)),
                asyncio.run(one_by_one(server.url, truth, n, options.seconds)),
                over_http(server.url, truth, n, options.seconds),
            ):
                rows.append(tally.row())
                if not options.json:
                    print("  ".join(f"{name}={value}" for name, value in rows[-1].items()), flush=True)
    if options.json:
        json.dump(rows, sys.stdout, indent=2)
    for n in options.n:
        rates = {row["way"]: row["steps_per_s"] for row in rows if row["n"] == n}
        print(f"n={n}: step_many is {rates['step_many'] / rates['requests on HTTP']:.1f} times requests", file=sys.stderr)


if __name__ == "__main__":
    main()
