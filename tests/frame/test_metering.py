"""A film's exposure is metered once, for any frame alike; what the user fixed stays; files tell it as it was."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from render import device
from render.formats.taken import header_of, read_frame, write_taken
from render.frame import metering
from render.frame.metering import metered
from render.frame.moment import moment_of
from render.frame.render import render_frame
from render.imaging.auto_exposure import reading
from render.scene import Scene, scene_from_text

AUTO = """
[camera]
exposure = "auto"
columns = 64
rows = 36
{keys}

[film]
frames = 100
interval_s = 1.0
"""


def dawn(scene: Scene, time_s: float, _: device.Device) -> float:
    return 1.0 - 0.15 * time_s


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, own_cache: None) -> list[float]:
    """Put a straight line in the meter's place; return the film times that it was asked for."""
    asked: list[float] = []

    def told(scene: Scene, time_s: float, running: device.Device, _tell: object = None) -> float:
        asked.append(time_s)
        return dawn(scene, time_s, running)

    monkeypatch.setattr(metering, "_reading", told)
    return asked


def auto_scene(minimal_scene: str, keys: str = "") -> Scene:
    return scene_from_text(minimal_scene + AUTO.format(keys=keys), "dawn")


def stops_at(scene: Scene, time_s: float) -> float:
    camera = moment_of(scene, scene.time.epoch.plus_seconds(time_s)).camera
    return math.log2(camera.exposure_s / 0.5 * camera.iso / 6400.0) - 2.0 * math.log2(camera.f_number / 1.4)


def test_any_frame_alone_has_its_exposure_of_the_film(minimal_scene: str, read: list[float]) -> None:
    scene, running = auto_scene(minimal_scene, "auto.slew_ev_s = 90.0"), device.start("cpu")
    film = metered(scene, running)
    assert read == [12.0 * k for k in range(10)]  # 99 s and beyond are held by the last reading
    in_order = [stops_at(film, float(t)) for t in range(100)]
    read.clear()
    alone = metered(auto_scene(minimal_scene, "auto.slew_ev_s = 90.0"), running)
    assert not read  # kept on disk
    for t in (77, 3, 50, 99, 0):
        assert stops_at(alone, float(t)) == in_order[t]
    assert in_order[60] == pytest.approx(1.0 - 0.15 * 60.0, abs=0.05)
    assert in_order[0] <= 0.0 and metered(film, running) is film


def test_what_is_keyed_stays_and_compensation_is_followed(minimal_scene: str, read: list[float]) -> None:
    keys = "auto.slew_ev_s = 90.0\ncompensation_ev = -1.0\n[[camera.keys]]\ntime_s = 0.0\niso = 800.0\nf_number = 2.0"
    scene = metered(auto_scene(minimal_scene, keys), device.start("cpu"))
    camera = moment_of(scene, scene.time.epoch.plus_seconds(60.0)).camera
    assert (camera.iso, camera.f_number) == (pytest.approx(800.0), pytest.approx(2.0))
    assert stops_at(scene, 60.0) == pytest.approx(-0.15 * 60.0, abs=0.05)


def test_what_is_made_of_the_readings_is_not_metered_anew(minimal_scene: str, read: list[float]) -> None:
    scene, running = auto_scene(minimal_scene), device.start("cpu")
    metered(scene, running)
    read.clear()
    toned = auto_scene(minimal_scene, "compensation_ev = 1.0\nauto.slew_ev_s = 3.0\n[develop]\ntone = 'filmic'")
    assert metered(toned, running).exposures is not None and not read
    for keys in ("iso = 800.0", "azimuth_deg = 10.0", "auto.overexposed_percent = 3.0"):
        metered(auto_scene(minimal_scene, keys), running)
        assert read, keys
        read.clear()


def test_length_and_speed_count_only_where_they_expose(minimal_scene: str) -> None:
    auto, manual = auto_scene(minimal_scene), scene_from_text(minimal_scene)
    for scene, same in ((auto, False), (manual, True)):
        for update in ({"frames": 7}, {"frames_per_second": 30.0}):
            longer = scene.model_copy(update={"film": scene.film.model_copy(update=update)})
            assert (longer.scene_hash == scene.scene_hash) is same
        burned = scene.model_copy(update={"film": scene.film.model_copy(update={"data_line": "srt"})})
        assert burned.scene_hash == scene.scene_hash


def test_radiances_are_developed_as_they_were_metered(
    minimal_scene: str, read: list[float], fake_renderer: list[float], tmp_path: Path
) -> None:
    from render.frame import render as module  # noqa: PLC0415

    scene = metered(auto_scene(minimal_scene), device.start("cpu"))
    frame = module.render_frame(scene, scene.time.epoch.plus_seconds(48.0), size=(32, 18))
    paths = [tmp_path / "a.exr", tmp_path / "a.png"]
    write_taken(paths, frame, scene, header_of(frame, scene))
    again, of, header = read_frame(paths[0], {}, {})
    assert again.camera.exposure_s == frame.camera.exposure_s < 0.1
    write_taken([tmp_path / "b.png"], again, of, header)
    assert (tmp_path / "b.png").read_bytes() == paths[1].read_bytes()


def test_the_meter_sees_what_the_picture_has(
    minimal_scene: str, coarse_sky: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metering, "METER_COLUMNS", 32)
    text = minimal_scene.replace("T09:45", "T11:40") + AUTO.format(keys="azimuth_deg = 110.0\nelevation_deg = -18.0")
    scene = scene_from_text(f"{text}\n[aurora]\nenabled = false\n[earth]\ncities = false\n[sky]\nstars = false\n")
    seen = metering._reading(scene, 0.0, device.start("cpu"))
    manual = scene.model_copy(update={"camera": scene.camera.model_copy(update={"exposure": "manual"})})
    frame = render_frame(manual, size=(32, 18), device="cpu")
    taken = metering.exposed(frame, manual).collected
    gains = np.array(metering.white_balance(taken.response, 5200.0))[:, None, None]
    full = metering.saturation_electrons(taken.photosite_area_m2, frame.camera.iso)
    assert seen == pytest.approx(reading(taken.electrons * gains / full, 0.5), abs=0.3)


def test_the_meter_is_left_within_a_reading(minimal_scene: str) -> None:
    class EndError(Exception):
        pass

    heard: list[str] = []

    def tell(_share: float, doing: str) -> None:
        heard.append(doing)
        if len(heard) == 3:
            raise EndError

    with pytest.raises(EndError):
        metered(auto_scene(minimal_scene), device.start("cpu"), tell)
    assert set(heard) == {f"metering the film, 1 of {heard[0].rpartition(' ')[2]}"}
