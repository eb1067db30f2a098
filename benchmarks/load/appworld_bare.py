"""The bare engine, for appworld-steps.ts: one world in this process, as the stock package makes it.

usage: appworld_bare.py ROOT TASK [--no-files]

Reads code as JSON, a line each, and answers each with the seconds that `world.execute` took, by the clock and of processor
time. With --no-files the engine writes no databases and no logs after an execution, which Stepwell's executor does not either.
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path

# Kept in a tuple: the engine replaces the clocks in every module when it freezes time.
CLOCKS = (time.perf_counter, time.process_time)


def main() -> None:
    root, task_id, *flags = sys.argv[1:]
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    with tempfile.TemporaryDirectory(prefix="stepwell-bare-") as folder:
        Path(folder, "data").symlink_to(Path(root, "data").resolve())
        os.environ.update(APPWORLD_ROOT=folder, IPYTHONDIR=folder)
        from appworld import AppWorld

        class Unwritten(AppWorld):
            def _save_state(self, directory: str) -> None:
                pass

            def save_logs(self) -> None:
                pass

        kind = Unwritten if "--no-files" in flags else AppWorld
        world = kind(task_id=task_id, experiment_name="bare", timeout_seconds=30, max_interactions=1_000_000)
        for line in sys.stdin:
            code = json.loads(line)
            begun, cpu = CLOCKS[0](), CLOCKS[1]()
            said = world.execute(code)
            answers.write(json.dumps({"s": CLOCKS[0]() - begun, "cpu_s": CLOCKS[1]() - cpu, "said": said}) + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
