"""The kit for environments in Python: a class becomes a worker that a Stepwell server drives.

`stepwell-worker my_module:MyEnvironment` serves a subclass of `Environment`; one is in examples/python-environment.
"""

from stepwell.protocol.errors import BadParamsError, BadRequestError, UnknownSplitError, UnknownTaskError

from . import landlock, sandbox
from .environment import EndReason, Environment, Message, Score, Start, Step, Task

__all__ = [
    "BadParamsError",
    "BadRequestError",
    "EndReason",
    "Environment",
    "Message",
    "Score",
    "Start",
    "Step",
    "Task",
    "UnknownSplitError",
    "UnknownTaskError",
    "landlock",
    "sandbox",
]
