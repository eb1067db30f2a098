"""The server's executable as a wheel: one file that needs no Node. `stepwell.serve()` finds it here."""

from pathlib import Path


def executable() -> Path:
    """The path of the executable."""
    return Path(__file__).parent / "bin" / "stepwell"
