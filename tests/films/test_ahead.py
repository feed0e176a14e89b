"""What a film makes before its first frame."""

import numpy as np
import pytest

from render.films import renderers
from render.films.folder import frame_epoch
from render.frame.aurora import make_region, regions_to_make
from render.frame.moment import position_at
from render.integrator.aurora import magnetosphere
from render.scene import Scene, load_scene


def epochs_of(scene: Scene, frames: int):
    return [frame_epoch(scene, index) for index in range(frames)]


def test_regions_are_those_of_the_way_each_once(monkeypatch):
    monkeypatch.setattr(magnetosphere.field_lines, "is_mapped", lambda *_: False)
    scene = load_scene("angels_singing")
    scene = scene.model_copy(update={"film": scene.film.model_copy(update={"interval_s": 20.0})})
    regions = regions_to_make(scene, epochs_of(scene, 15))  # 300 s: 2200 km of flight, windows every 600 km
    assert 3 <= len(regions) <= 8 and len(set(regions)) == len(regions)
    for epoch in epochs_of(scene, 15):
        region = magnetosphere.Region.around(position_at(scene, epoch), epoch.decimal_year)
        assert region in regions
        middle = np.array(magnetosphere.plane_position(position_at(scene, epoch), region.hemisphere))
        assert np.abs(middle - (region.x_km, region.y_km)).max() <= 0.5 * magnetosphere.WINDOW_SNAP_KM
    monkeypatch.setattr(magnetosphere.field_lines, "is_mapped", lambda *_: True)
    assert regions_to_make(scene, epochs_of(scene, 15)) == []


def test_a_scene_without_aurora_needs_no_field_lines(monkeypatch):
    monkeypatch.setattr(magnetosphere.field_lines, "is_mapped", lambda *_: False)
    scene = load_scene("angels_singing")
    dark = scene.model_copy(update={"aurora": scene.aurora.model_copy(update={"enabled": False})})
    assert regions_to_make(dark, epochs_of(dark, 2)) == []


def test_a_single_region_is_left_to_its_frame():
    heard = []
    renderers.make_regions([magnetosphere.Region(1, 0.0, 0.0, 2015.0)], heard.append)
    assert heard == []


def test_regions_are_made_by_other_processes(own_cache, monkeypatch, tmp_path):
    note = "from render.frame.aurora import Region; open(FOLDER + str({}.x_km), 'w')"
    monkeypatch.setattr(renderers, "MAKE_REGION", note.replace("FOLDER", repr(f"{tmp_path}/made_")))
    regions = [magnetosphere.Region(1, 600.0 * k, 0.0, 2015.0) for k in range(3)]
    heard = []
    renderers.make_regions(regions, heard.append)
    assert heard == [0, 1, 2, 3]
    assert sorted(path.name for path in tmp_path.glob("made_*")) == ["made_0.0", "made_1200.0", "made_600.0"]


@pytest.mark.usefixtures("own_cache")
def test_a_region_that_was_made_is_found():
    region = magnetosphere.Region(1, 1200.0, -4200.0, 2015.0)
    if not region.is_made:
        make_region(region)
    assert region.is_made and not region._replace(x_km=1800.0, year=2016.0).is_made
