"""Steps per second from one Python process: batches, one by one, and `requests` on the HTTP routes, in one run.

Replays the ground truth of BFCL multi-turn tasks of all four categories, N episodes at a time, against a server of its own.
Run it from the checkout with the package and `requests` installed: `python benchmarks/load/python_client.py [--seconds 8]`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
    client_cpu: float = 0.0
    server_cpu: float = 0.0
    calls: list[float] = field(default_factory=list)

    @contextmanager
    def stepping(self, group: int) -> Iterator[None]:
        """Counts the time inside, and the CPU time of this process and of the server's process group (seconds)."""
        wall, client, server = time.perf_counter(), time.process_time(), cpu_of_group(group)
        yield
        self.seconds += time.perf_counter() - wall
        self.client_cpu += time.process_time() - client
        self.server_cpu += cpu_of_group(group) - server

    def row(self) -> dict[str, Any]:
        """The figures of a row."""
        return {
            "way": self.way,
            "n": self.n,
            "steps_per_s": round(self.steps / self.seconds),
            "p50_ms": round(statistics.median(self.calls) * 1000, 2),
            "client_cpu_us": round(self.client_cpu / self.steps * 1e6, 1),
            "server_cpu_us": round(self.server_cpu / self.steps * 1e6, 1),
            "episodes": self.episodes,
            "solved": self.solved,
        }


def cpu_of_group(group: int) -> float:
    """CPU seconds that the live processes of a process group have used (of Linux: 0.0 elsewhere)."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def task_ids(truth: Truth, n: int) -> list[str]:
    """N tasks, all categories in turn."""
    return list(islice(cycle(truth), n))


async def in_batches(server: stepwell.LocalServer, truth: Truth, n: int, seconds: float) -> Tally:
    """All live episodes take their next step in one call."""
    tally = Tally("step_many", n)
    async with stepwell.connect(server.url) as well:
        while tally.seconds < seconds:
            created = await well.create_many("bfcl", task_ids(truth, n))
            live = [(inst, iter(truth[inst.task_id])) for inst in created if isinstance(inst, stepwell.AsyncInstance)]
            held = [inst for inst, _ in live]
            with tally.stepping(server.pid):
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
            scores = await well.evaluate_many(held)
            tally.episodes += n
            tally.solved += sum(isinstance(score, stepwell.Evaluation) and score.reward == 1.0 for score in scores)
            await well.release_many(held)
    return tally


async def one_by_one(server: stepwell.LocalServer, truth: Truth, n: int, seconds: float) -> Tally:
    """Each episode is a task of its own that awaits its own steps."""
    tally = Tally("step", n)

    async def play(well: stepwell.AsyncClient, inst: stepwell.AsyncInstance) -> None:
        for action in truth[inst.task_id]:
            sent = time.perf_counter()
            await inst.step(action)
            tally.calls.append(time.perf_counter() - sent)
            tally.steps += 1

    async with stepwell.connect(server.url) as well:
        while tally.seconds < seconds:
            created = await well.create_many("bfcl", task_ids(truth, n))
            held = [inst for inst in created if isinstance(inst, stepwell.AsyncInstance)]
            with tally.stepping(server.pid):
                await asyncio.gather(*(play(well, inst) for inst in held))
            scores = await well.evaluate_many(held)
            tally.episodes += n
            tally.solved += sum(isinstance(score, stepwell.Evaluation) and score.reward == 1.0 for score in scores)
            await well.release_many(held)
    return tally


def over_http(server: stepwell.LocalServer, truth: Truth, n: int, seconds: float) -> Tally:
    """N threads with `requests`, as clients of the older service do it: each episode in its thread, over one pool."""
    tally = Tally("requests on HTTP", n)
    base = server.url.replace("ws:", "http:").removesuffix("/v1")
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
    with tally.stepping(server.pid):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
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
            # The server compiles what it runs often: what is not warm would be counted against whichever way is first.
            asyncio.run(in_batches(server, truth, n, options.seconds))
            for tally in (
                asyncio.run(in_batches(server, truth, n, options.seconds)),
                asyncio.run(one_by_one(server, truth, n, options.seconds)),
                over_http(server, truth, n, options.seconds),
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
