"""`polarlight scenes NAME`: a bundled scene's own text, to be changed."""

import pytest

from render.scene import bundled_scenes
from tests.conftest import Run


def test_a_bundled_scenes_text_is_printed_to_be_changed(run: Run) -> None:
    code, out, err = run("scenes", "iss030_e_102170")
    assert (code, err) == (0, "") and out == bundled_scenes()["iss030_e_102170"].read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("quietarc",), 'no scene named "quietarc"; did you mean quiet_arc? `polarlight scenes` lists them'),
        (("../scenes/quiet_arc",), 'no scene named "../scenes/quiet_arc"; '),
        (("quiet_arc", "--json"), '--json beside "quiet_arc"'),
    ],
)
def test_no_other_text_is_printed(run: Run, arguments: tuple[str, ...], words: str) -> None:
    code, out, err = run("scenes", *arguments)
    assert (code, out) == (2, "") and words in err and err.count("\n") == 1
