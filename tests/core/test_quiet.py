"""Silence at the level of descriptors, put back however the block ends."""

from __future__ import annotations

import os

import pytest

from render.core.quiet import silent_descriptors


def test_what_is_written_past_python_is_lost_and_then_not(capfd: pytest.CaptureFixture[str]) -> None:
    os.write(2, b"before ")
    with silent_descriptors():
        os.write(2, b"within ")
        os.write(1, b"other")
        print("printed")
    os.write(2, b"after")
    assert capfd.readouterr() == ("other", "before after")


@pytest.mark.skipif(not os.path.isdir("/dev/fd"), reason="counts open descriptors")
def test_descriptors_come_back_after_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    open_before = len(os.listdir("/dev/fd"))
    with pytest.raises(RuntimeError), silent_descriptors(1, 2):
        os.write(1, b"within")
        raise RuntimeError
    os.write(1, b"after")
    assert capfd.readouterr() == ("after", "")
    assert len(os.listdir("/dev/fd")) == open_before


def test_closed_descriptor_stays_closed() -> None:
    closed = os.open(os.devnull, os.O_RDONLY)
    os.close(closed)
    unused = 200  # far above what the test process has open
    with silent_descriptors(unused):
        pass
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(unused)
