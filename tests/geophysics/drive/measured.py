"""A storm's Kp and a wind of our own numbers, which the files of several sources have, and how to ask for them."""

from __future__ import annotations

import numpy as np
import pytest

from render.core.epoch import Epoch
from render.core.errors import InputError
from render.geophysics.drive.file import read_drive_file

START = Epoch.parse("2015-03-17T00:00:00Z")
HOUR_S = 3600.0
KP = (2.0, 4.667, 5.333, 5.667, 7.667, 7.667, 7.333, 7.667)
WIND = {"speed_km_s": (410.0, 500.0), "by_nt": (3.0, -2.0), "bz_nt": (-6.0, 4.0), "density_cm3": (5.5, 12.0)}


def stamp(hours):
    return START.plus_seconds(hours * HOUR_S).isoformat()


def stamp_s(seconds):
    return START.plus_seconds(seconds).isoformat()


def complaint(path, field_path=None):
    with pytest.raises(InputError) as refused:
        read_drive_file(path, field_path)
    assert "\n" not in str(refused.value) and str(refused.value).startswith((f"{path}: ", f"{field_path}: "))
    return str(refused.value)


def has_the_storm(series):
    assert series.held and series.first == START and series.end_s == 24 * HOUR_S
    np.testing.assert_allclose(series.kp, KP, atol=0.001)
    return series.kp_at((11 + 55 / 60) * HOUR_S) == pytest.approx(5.667, abs=0.001)


def has_the_wind(series, step_s=60.0, first=START):
    assert series.kp is None and series.first == first and series.time_s[-1] == step_s
    for name, (one, other) in WIND.items():
        column = getattr(series.wind, name)
        assert (column[0], column[-1]) == (one, other)
    return True


def swpc_rows(names, rows):
    return [list(names), *(list(row) for row in rows)]


def swpc_objects(names, rows):
    return [dict(zip(names, row, strict=True)) for row in rows]


def swpc_time(hours):
    return stamp(hours).replace("T", " ").replace("Z", ".000")
