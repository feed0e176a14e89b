"""Ephemerides (OEM) written from skyfield's states of the ISS of 1 February 2015, in every frame and scale."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from skyfield.api import EarthSatellite
from skyfield.framelib import ICRS_to_J2000, itrs
from skyfield.sgp4lib import TEME

from render.core.epoch import Epoch
from render.observer.ephemeris import skyfield_time
from render.observer.orbit import ObserverSettings
from tests.observer.orbit_files import LINE_1, LINE_2

START = Epoch.parse("2015-01-28T09:40:00Z")
FRAME_EPOCH = Epoch.parse("2000-01-01T12:00:00Z")
STEP_S, COUNT = 120.0, 12
AHEAD_S = {"UTC": 0.0, "TAI": 35.0, "GPS": 16.0, "TT": 67.184}  # of UTC, in January 2015

State = tuple[np.ndarray, np.ndarray]


def gcrf(epoch: Epoch) -> State:
    place = EarthSatellite(LINE_1, LINE_2).at(skyfield_time(epoch))
    return place.position.km, place.velocity.km_per_s


def eme2000(epoch: Epoch) -> State:
    position, velocity = gcrf(epoch)
    return ICRS_to_J2000 @ position, ICRS_to_J2000 @ velocity


def itrf(epoch: Epoch) -> State:
    place = EarthSatellite(LINE_1, LINE_2).at(skyfield_time(epoch))
    position, velocity = place.frame_xyz_and_velocity(itrs)
    return position.km, velocity.km_per_s


def teme(epoch: Epoch) -> State:
    position, velocity = gcrf(epoch)
    turn = TEME.rotation_at(skyfield_time(epoch))
    return turn @ position, turn @ velocity


def teme_of_2000(epoch: Epoch) -> State:
    position, velocity = gcrf(epoch)
    turn = TEME.rotation_at(skyfield_time(FRAME_EPOCH))
    return turn @ position, turn @ velocity


FRAMES: dict[str, Callable[[Epoch], State]] = {
    "GCRF": gcrf, "ICRF": gcrf, "EME2000": eme2000, "ITRF2000": itrf, "ITRF-97": itrf, "TEME": teme,
}  # fmt: skip


def rows(
    state: Callable[[Epoch], State], scale: str = "UTC", step_s: float = STEP_S, count: int = COUNT
) -> list[tuple[str, list[str]]]:
    found = []
    for k in range(count):
        epoch = START.plus_seconds(step_s * k)
        written = epoch.plus_seconds(AHEAD_S[scale]).isoformat().replace("Z", "")
        found.append((written, [f"{value:.9f}" for value in np.concatenate(state(epoch))]))
    return found


def meta(frame: str, **more: str) -> dict[str, str]:
    return {
        "OBJECT_NAME": "ISS", "OBJECT_ID": "1998-067-A", "CENTER_NAME": "EARTH", "REF_FRAME": frame,
        "TIME_SYSTEM": "UTC", "START_TIME": "2015-01-28T09:40:00.000", "STOP_TIME": "2015-01-28T10:02:00.000",
        "INTERPOLATION": "HERMITE", "INTERPOLATION_DEGREE": "7", **more,
    }  # fmt: skip


def segment(fields: dict[str, str], states: list[tuple[str, list[str]]]) -> str:
    keys = "\n".join(f"{key:<20} = {value}" for key, value in fields.items() if value)
    lines = "\n".join(" ".join([at, *values]) for at, values in states)
    return f"META_START\n{keys}\nMETA_STOP\nCOMMENT no state = this line\n\n{lines}\n"


def as_lines(*segments: str) -> str:
    return "CCSDS_OEM_VERS = 2.0\nCREATION_DATE = 2015-01-28T00:00:00\nORIGINATOR = TEST\n\n" + "\n".join(segments)


def as_xml(fields: dict[str, str], states: list[tuple[str, list[str]]], unit: str = "km") -> str:
    units = [unit] * 3 + ["km/s"] * 3
    tags = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")
    keys = "".join(f"<{key}>{value}</{key}>" for key, value in fields.items() if value)
    vectors = "".join(
        f"<stateVector><EPOCH>{at}</EPOCH>"
        + "".join(f'<{tag} units="{of}">{value}</{tag}>' for tag, of, value in zip(tags, units, values, strict=True))
        + "</stateVector>"
        for at, values in states
    )
    return (
        '<?xml version="1.0"?><ndm><oem id="CCSDS_OEM_VERS" version="2.0"><header/><body><segment><metadata>'
        f"{keys}</metadata><data><COMMENT>of the test</COMMENT>{vectors}</data></segment></body></oem></ndm>"
    )


def file_of(tmp_path: Path, text: str) -> ObserverSettings:
    path = tmp_path / "orbit.oem"
    path.write_text(text)
    return ObserverSettings(oem=str(path))
