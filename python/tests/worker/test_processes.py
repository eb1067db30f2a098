"""What a process of a worker does about itself and its children."""

from __future__ import annotations

import os
import sys

import pytest

from stepwell.worker.processes import die_with_parent

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the end of a parent is told by Linux's prctl")


@pytest.mark.parametrize(("parent", "status"), [(os.getpid(), 7), (os.getppid(), 1)])
def test_a_process_whose_parent_ended_before_it_could_ask_ends_too(parent: int, status: int) -> None:
    pid = os.fork()
    if pid == 0:
        die_with_parent(parent)
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == status
