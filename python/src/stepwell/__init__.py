"""The client of Stepwell, the environment server for LLM-RL trainers.

```python
async with stepwell.connect("ws://127.0.0.1:8000") as well:
    task_ids = await well.env_profile("bfcl", where={"dataset_sub_type": "simple_python"})
    inst = await well.create("bfcl", task_ids[0])  # inst.state has the messages for your model, inst.tools the tools
    step = await inst.step({"role": "assistant", "content": "[calculate_triangle_area(base=10, height=5)]"})
    score = await inst.evaluate(sparse=True)  # 1.0
```
"""

from importlib.metadata import version

from stepwell.actions import Action
from stepwell.aio import AsyncClient, AsyncInstance, connect
from stepwell.calls import Task
from stepwell.episodes import Episode, advantages, run_episode, run_episodes
from stepwell.protocol.errors import StepwellError
from stepwell.results import Evaluation, Failure, Message, Profile, StepResult, TaskRow, Welcome
from stepwell.rows import dataset, write_parquet
from stepwell.server import LocalServer, serve
from stepwell.sync import Client, Instance

__all__ = [
    "Action",
    "AsyncClient",
    "AsyncInstance",
    "Client",
    "Episode",
    "Evaluation",
    "Failure",
    "Instance",
    "LocalServer",
    "Message",
    "Profile",
    "StepResult",
    "StepwellError",
    "Task",
    "TaskRow",
    "Welcome",
    "__version__",
    "advantages",
    "connect",
    "dataset",
    "run_episode",
    "run_episodes",
    "serve",
    "write_parquet",
]

__version__ = version("stepwell")
