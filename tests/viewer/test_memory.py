"""Memory that two processes see: what is laid down is found, and what is torn is not."""

import subprocess
import sys

import numpy as np

from render.core.lines import LINE_KEYS
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.viewer.memory import COUNTER, LastPass, Newest


def planes(value: float, columns: int = 6, rows: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Return planes that tell line, row and column apart."""
    shape = rows, columns
    place = np.arange(rows * columns, dtype=np.float32).reshape(shape)
    lines = value + place + 1000.0 * np.arange(len(LINE_KEYS), dtype=np.float32)[:, None, None]
    return lines, lines[: len(SKY_WAVELENGTHS_NM)] * np.float32(1e-9)


def test_a_pixel_is_found_by_its_place() -> None:
    written = LastPass(size=(12, 8))
    read = LastPass(written.name)
    assert read.at(0.5, 0.5) is None
    lines, sky = planes(7.0)
    written.write(lines, sky, {"state": 3})
    found = read.at(0.999, 0.3)
    assert found is not None and found.told == {"state": 3, "pass_size": [6, 4], "pixel": [6, 2]}
    np.testing.assert_array_equal(found.rayleighs, lines[:, 1, 5])
    np.testing.assert_array_equal(found.radiance, sky[:, 1, 5])
    assert read.at(1.0, 1.0).told["pixel"] == [6, 4]
    for memory in (read, written):
        memory.close()


def test_what_is_being_written_is_not_read() -> None:
    memory = LastPass(size=(6, 4))
    memory.write(*planes(1.0), {"state": 1})
    COUNTER.pack_into(memory._bytes, 0, 3)
    assert memory.at(0.5, 0.5) is None
    memory.write(*planes(2.0), {"state": 2})
    assert memory.at(0.5, 0.5).told["state"] == 2
    memory.close()


def test_a_process_that_ends_does_not_take_the_memory_along() -> None:
    newest = Newest()
    newest.number = 41
    program = f"from render.viewer.memory import Newest; print(Newest({newest.name!r}).number)"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (ended.stdout, ended.stderr) == ("41\n", "")
    assert Newest(newest.name).number == 41
    newest.close()
