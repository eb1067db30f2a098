"""Many live instances on one worker, beside the older way: a process for each, which imports the engine itself.

    python benchmarks/instances.py --root ROOT --warm-up WARM_UP [--counts 1 8 32] [--older 1 8]

Both in one run, since figures of two runs on a busy machine cannot be compared. Memory is PSS: shared pages count once.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from served import Instance, Served
from stepwell.worker.processes import resident_bytes

OLDER = """
import json, os, sys
from appworld import AppWorld
world = None
for line in sys.stdin:
    told = json.loads(line)
    if told["op"] == "create":
        world = AppWorld(task_id=told["task_id"], experiment_name=told["name"], timeout_seconds=30)
    elif told["op"] == "step":
        world.execute(told["code"])
        world.task_completed()
    elif told["op"] == "evaluate":
        world.evaluate()
    print("done", flush=True)
"""
TICK = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """The process and everything that it started."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += tree(int(child))
    return found


def cpu_seconds(pids: list[int]) -> float:
    """Seconds of processor that these processes took, and their buried children."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(int(field) for field in fields[11:15])
    return total / TICK


def timed(do: Any) -> float:
    """Seconds on the wall."""
    began = time.monotonic()
    do()
    return time.monotonic() - began


def p50(values: list[float]) -> str:
    """The median in milliseconds."""
    return f"{statistics.median(values) * 1000:.0f} ms"


def row(way: str, count: int, cpu: float, times: dict[str, list[float]], created: int, solved: int) -> None:
    """One line of the table."""
    figures = " | ".join(p50(times[name]) for name in ("create", "print", "call", "solve", "evaluate"))
    print(f"| {way} | {count} | {cpu / count:.2f} s | {figures} | {created / 2**20:.0f} | {solved / 2**20:.0f} |", flush=True)


CODE = {"print": "print(1)", "call": "print(apis.supervisor.show_profile())"}


def worker(root: Path, warm_up: Path, count: int, task_ids: list[str]) -> None:
    """On one worker."""
    with tempfile.TemporaryDirectory() as folder:
        served = Served(Path(folder), root, warm_up)
        pid = served.well.process.pid
        times: dict[str, list[float]] = {name: [] for name in ("create", "print", "call", "solve", "evaluate")}
        before = cpu_seconds(tree(pid))
        instances: list[Instance] = []
        for number in range(count):
            times["create"].append(timed(lambda number=number: instances.append(served.open(task_ids[number % len(task_ids)]))))
        cpu = cpu_seconds(tree(pid)) - before
        created = resident_bytes(tree(pid))
        for number, instance in enumerate(instances):
            # The first use of anything is not what a step costs.
            instance.run(CODE["print"])
            for name, code in CODE.items():
                times[name].append(timed(lambda code=code, instance=instance: instance.run(code)))
            solution = served.solution(task_ids[number % len(task_ids)])
            times["solve"].append(timed(lambda instance=instance, solution=solution: instance.run(solution)))
            times["evaluate"].append(timed(instance.evaluate))
        solved = resident_bytes(tree(pid))
        served.close()
    row("one worker, two forks an instance", count, cpu, times, created, solved)


def older(root: Path, count: int, task_ids: list[str]) -> None:
    """A process an instance."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "data").symlink_to(root / "data")
        environment = {**os.environ, "APPWORLD_ROOT": folder, "IPYTHONDIR": folder}
        times: dict[str, list[float]] = {name: [] for name in ("create", "print", "call", "solve", "evaluate")}
        processes: list[subprocess.Popen[str]] = []

        def tell(process: subprocess.Popen[str], **told: str) -> None:
            assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018
            process.stdin.write(json.dumps(told) + "\n")
            process.stdin.flush()
            while (line := process.stdout.readline()) != "done\n":
                if not line:
                    raise RuntimeError("the older way's process ended")

        def create(number: int) -> None:
            process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-c", OLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
            )
            processes.append(process)
            tell(process, op="create", task_id=task_ids[number % len(task_ids)], name=f"n{number}")

        for number in range(count):
            times["create"].append(timed(lambda number=number: create(number)))
        pids = [process.pid for process in processes]
        cpu, created = cpu_seconds(pids), resident_bytes(pids)
        for number, process in enumerate(processes):
            tell(process, op="step", code=CODE["print"])
            for name, code in CODE.items():
                times[name].append(timed(lambda code=code, process=process: tell(process, op="step", code=code)))
            truth = root / "data" / "tasks" / task_ids[number % len(task_ids)] / "ground_truth"
            solution = (truth / "solution.py").read_text() + "\nsolution(apis, requester)"
            times["solve"].append(timed(lambda process=process, solution=solution: tell(process, op="step", code=solution)))
            times["evaluate"].append(timed(lambda process=process: tell(process, op="evaluate")))
        solved = resident_bytes(pids)
        for process in processes:
            process.kill()
            process.wait()
    row("a process an instance", count, cpu, times, created, solved)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--warm-up", type=Path, required=True)
    parser.add_argument("--counts", type=int, nargs="*", default=[1, 8, 32])
    parser.add_argument("--older", type=int, nargs="*", default=[1, 8])
    options = parser.parse_args()
    root = options.root.resolve()
    task_ids = sorted(path.name for path in (root / "data" / "tasks").iterdir())
    print(
        "| | live | CPU a create | create p50 | `print(1)` p50 | one call p50 | solution p50 | evaluate p50 | MiB created "
        "| MiB solved |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for count in options.counts:
        worker(root, options.warm_up, count, task_ids)
    for count in options.older:
        older(root, count, task_ids)


if __name__ == "__main__":
    main()
