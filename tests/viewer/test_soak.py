"""Random input for ten seconds; `python -m tests.viewer.soak` does it for longer, and looks at the memory."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.viewer.soak import Soak, soak

SECONDS = 10.0

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked at by /proc")


def test_random_input_leaves_a_window_that_answers(tmp_path: Path) -> None:
    made, ended = soak("uniform_slab", 5, SECONDS / 60.0, tmp_path)
    assert ended == (0, "")
    assert made.done["kill"] == 2 and len(made.done) > 4 and len(made.memory) >= 3  # the server, and its renderers


def test_memory_that_grows_is_told(tmp_path: Path) -> None:
    made = Soak.__new__(Soak)
    made.memory = {1: [100.0] * 60, 2: [100.0 + look for look in range(60)], 3: [100.0, 900.0]}
    assert made.grown() == {1: (100.0, 100.0), 2: (124.5, 154.5)}
