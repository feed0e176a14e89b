"""The face by its two names: `import polarlight` gives what `import render` gives, as lazily, and is installed."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import polarlight
import render
from tests import face

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("numpy", "taichi", "pydantic", "skyfield", "render.scene", "render.frame.render")


def modules_after(statement: str) -> set[str]:
    """Return the names of all modules that a fresh interpreter holds after a statement."""
    code = f"{statement}\nimport sys\nprint('\\n'.join(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_both_names_give_the_same_objects() -> None:
    assert polarlight.__all__ == render.__all__
    for name in render.__all__:
        assert getattr(polarlight, name) is getattr(render, name)
    assert polarlight.__version__ == render.__version__


@pytest.mark.parametrize("face", [polarlight, render])
def test_the_public_names_are_listed_before_they_are_used(face: object) -> None:
    assert set(render.__all__) <= set(dir(face))


def test_another_name_is_refused_by_the_name_that_was_imported() -> None:
    with pytest.raises(AttributeError, match="module 'polarlight' has no attribute 'core'"):
        polarlight.core  # noqa: B018 - a package of `render` that is loaded, and not public
    with pytest.raises(AttributeError, match="module 'polarlight' has no attribute 'render_fame'"):
        polarlight.render_fame  # noqa: B018


def test_nothing_is_loaded_before_it_is_used() -> None:
    plain = modules_after("import render")
    assert modules_after("import polarlight") - plain == {"polarlight"}
    assert not plain & set(HEAVY)
    assert set(HEAVY) & modules_after("import polarlight; polarlight.Scene")  # the list can tell


def test_both_are_installed() -> None:
    # Built by hand: the wheel holds polarlight.py beside the packages, the editable install points at the folder.
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]
    included = wheel["wheel"]["only-include"]
    assert {"render", "shaders", "polarlight.py"} == set(included)
    assert all((ROOT / name).exists() for name in included)


def test_the_face_is_as_it_is_written_down() -> None:
    changed = face.difference(face.face())
    assert not changed, f"{changed}\n{face.RENEW}"


def test_a_changed_signature_field_or_name_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def render_film(scene: str, output: str, *, frames: int = 3) -> None: ...

    monkeypatch.setattr("render.films.film.render_film", render_film)
    monkeypatch.setattr("render.__all__", [name for name in render.__all__ if name != "develop_frame"])
    monkeypatch.delattr("render.core.epoch.Epoch.plus_seconds")
    lines = face.difference(face.face()).splitlines()
    assert "+render_film(scene: str, output: str, *, frames: int = 3) -> None" in lines
    removed = [line for line in lines[2:] if line.startswith("-")]
    assert [line.partition("(")[0] for line in removed] == ["-    plus_seconds", "-develop_frame", "-render_film"]


def test_the_face_has_commands_with_options_and_keys_with_limits() -> None:
    written = face.FACE.read_text(encoding="utf-8")
    film = written.split("\nfilm\n")[1]
    assert film.startswith("    SCENE (needed)\n") and "    --output/-o FILE.mp4|FOLDER\n" in film
    assert "    --device NAME = auto\n" in film
    assert "\ndrive.kp: number >= 0 <= 9 | null\n" in written
    assert "\ndrive.solar_wind.bz_nt: number" in written
