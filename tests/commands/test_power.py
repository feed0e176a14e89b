"""`polarlight power`: what it says of the drive and of how far its figures can be trusted; the figures have tests of
their own (`tests/integrator/above/test_power.py`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from render.integrator.above import power
from tests.conftest import Run

HOURS = np.ones(24)
LATE = "2030-01-28T09:45:00Z"  # after the last measured Kp


@pytest.fixture(autouse=True)
def drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put one easy power in the place of every instant's."""

    def fake(settings: Any, drive: Any, hemisphere: int, scene_epoch: Any, times_s: Any) -> Iterator[power.DrawnPower]:
        for _ in times_s:
            yield power.DrawnPower(HOURS, 0.5 * HOURS, 2.0 * HOURS, 0.0, 48.0, 8.0)

    monkeypatch.setattr(power, "drawn_power", fake)


def answer(run: Run, *arguments: str | Path) -> tuple[dict[str, Any], str]:
    code, out, err = run("power", *arguments, "--json", "--device", "cpu")
    assert code == 0
    return json.loads(out), err


def test_an_assumed_drive_is_told(run: Run, minimal_scene: str, write_scene: Callable[..., Path]) -> None:
    path = write_scene(minimal_scene.replace("2015-01-28T09:45:00Z", LATE))
    found, err = answer(run, path, "--minutes", "0")
    assert "warning: [drive]: the measured values go from" in err
    assert "assumed: Kp 3 and F10.7 120" in err
    assert err.count("warning:") == 1
    assert (found["kp"], found["drive"].partition(",")[0]) == (3.0, "Kp 3 (assumed)")


def test_origin_of_the_drive_is_that_of_files(run: Run, minimal_scene: str, write_scene: Callable[..., Path]) -> None:
    from render.geophysics.drive.origins import drive_origins  # noqa: PLC0415
    from render.scene import load_scene  # noqa: PLC0415

    path = write_scene(minimal_scene.replace("2015-01-28T09:45:00Z", "2015-03-17T11:50:00Z"))
    scene = load_scene(path)
    found, err = answer(run, path, "--minutes", "0")
    assert "warning" not in err
    assert found["drive"] == drive_origins(scene.drive, 0.0, scene.time.epoch).header["drive"]
    later, _ = answer(run, path, "--minutes", "10")
    assert found["kp"] == pytest.approx(16 / 3, abs=1e-3)  # 5+, and 8- from 12 UT on
    assert later["kp"] == pytest.approx((16 / 3 + 23 / 3) / 2, abs=1e-3)
    assert ", then Kp 8- from 12 UT; F10.7" in later["drive"]


def test_kp_is_said_to_be_given(run: Run) -> None:
    found, err = answer(run, "--kp", "5", "--seeds", "2")
    assert "warning" not in err
    assert found["kp"] == 5.0
    assert found["drive"].startswith("Kp 5 (given), Ap 48 (from Kp); F10.7 ")


@pytest.mark.parametrize(
    ("arguments", "spread", "alone"),
    [
        (("--seeds", "1", "--minutes", "0"), False, True),
        (("--seeds", "1", "--minutes", "10"), True, True),
        (("--seeds", "2", "--minutes", "0"), True, False),
    ],
)
def test_what_instants_tell(run: Run, arguments: tuple[str, ...], spread: bool, alone: bool) -> None:
    code, out, _ = run("power", "--kp", "5", *arguments, "--device", "cpu")
    assert code == 0
    assert "24.0 GW" in out and "0.50 of it" in out
    assert ("16 to 84 % of instants 24.0 to 24.0 GW" in out) == spread
    assert ("on the mean, 0.50" in out) == spread
    assert ("instants scatter by a factor of about 1.6" in out) == alone


def test_a_file_that_does_not_cover_the_minutes_is_refused_at_once(
    run: Run, minimal_scene: str, write_scene: Callable[..., Path]
) -> None:
    write_scene("time,kp\n2015-01-28T09:00:00Z,3\n2015-01-28T10:00:00Z,4\n", "kp.csv")
    path = write_scene(minimal_scene + '[drive]\nfile = "kp.csv"\n')
    code, out, err = run("power", path, "--minutes", "30", "--device", "cpu")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "kp.csv" in err
