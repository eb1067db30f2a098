"""Plays an episode on the installed server, hosted in each way that it has by itself."""

import shutil

import stepwell

assert shutil.which("node") is None
assert shutil.which("npx") is None
for launcher in ("in-process", "process", "thread"):
    with stepwell.serve(["guess"], options={"launcher": launcher}) as server, stepwell.Client(server.url) as well:
        with well.create("guess", "guess_42") as inst:
            print(launcher, inst.step("42").reward)
