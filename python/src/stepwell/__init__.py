"""The client of Stepwell, the environment server for LLM-RL trainers."""

from importlib.metadata import version

from stepwell.protocol.errors import StepwellError

__all__ = ["StepwellError", "__version__"]

__version__ = version("stepwell")
