"""`polarlight view` with what it cannot use: one line, exit code 2, and nothing is served."""

import sys

import pytest

from render.scene import load_scene
from render.viewer.serving.serve import bound, size_for
from tests.conftest import Run


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nowhere",), 'no scene named "nowhere"'),
        (("uniform_slab", "--port", "99999"), "--port 99999: allowed: 0 (a free one) to 65535"),
        (("uniform_slab", "--size", "8x8"), "each 16 to 4096"),
        (("uniform_slab", "--size", "5000x500"), "each 16 to 4096"),
        (("uniform_slab", "--host", "192.0.2.1"), "--host 192.0.2.1 --port 0"),  # RFC 5737: nobody's address
        (("uniform_slab", "--device", "gpu9"), "--device"),
    ],
)
def test_what_cannot_be_used_is_told_in_a_line(run: Run, arguments: tuple[str, ...], words: str) -> None:
    code, out, err = run("view", *arguments, "--no-browser")
    assert (code, out) == (2, "") and words in err and err.count("\n") == 1


def test_a_missing_package_is_named_with_its_extra(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    code, _, err = run("view", "uniform_slab", "--no-browser")
    assert code == 2 and "needs uvicorn" in err and "extra 'view'" in err


def test_a_picture_has_the_scenes_proportions() -> None:
    assert size_for(load_scene("angels_singing")) == (480, 270)
    columns, rows = size_for(load_scene("dome_4k"))
    assert columns == rows and 300 <= columns <= 400


def test_a_free_port_is_found_on_loopback_only() -> None:
    made = bound("127.0.0.1", 0)
    host, port = made.getsockname()
    made.close()
    assert host == "127.0.0.1" and port > 1023
