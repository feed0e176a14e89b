"""A user's own channels, and the eye's."""

import numpy as np
import pytest

from render.core.errors import InputError
from render.core.radiance import SKY_WAVELENGTHS_NM, LineRadiance, SkyRadiance
from render.core.units import RAYLEIGH
from render.device import Device
from render.films.film import render_film
from render.formats.taken import header_of, read_frame, require_formats, write_taken
from render.frame.development import develop_frame
from render.frame.moment import moment_of
from render.frame.result import Frame
from render.imaging.capture.filters import channel_names, read_filters
from render.imaging.capture.response import channel_weights
from render.imaging.capture.sensor import collect, optical_throughput, read_out
from render.imaging.colour import develop
from render.imaging.eye import seen
from render.imaging.settings import DevelopSettings
from render.scene import scene_from_text

AREA = (13e-6) ** 2
SETTING = {"photosite_area_m2": AREA, "f_number": 1.4, "exposure_s": 1.0, "transmission": 0.9}


@pytest.fixture
def three(tmp_path):
    """Return a file of three filters, 2 nm wide at half, 0.8 of the photons at their middles."""
    nm = np.arange(420.0, 640.01, 0.1)
    curves = [0.8 * np.exp(-4.0 * np.log(2.0) * ((nm - centre) / 2.0) ** 2) for centre in (427.8, 557.7, 630.0)]
    rows = [",".join(f"{v:.6g}" for v in row) for row in np.column_stack([nm, *curves])]
    path = tmp_path / "filters.csv"
    path.write_text("# three filters of an all-sky camera\nwavelength_nm,427.8,557.7,630.0\n" + "\n".join(rows))
    return str(path)


def light(shape=(4, 5), sky=0.0, **rayleighs):
    keys = tuple(key.replace("_", ".") if key[0].isdigit() else key for key in rayleighs)
    lines = np.stack([np.full(shape, v, np.float32) for v in rayleighs.values()])
    return LineRadiance(keys, lines), SkyRadiance(SKY_WAVELENGTHS_NM, np.full((21, *shape), sky, np.float32))


def test_counts_of_a_line_through_its_filter_by_hand(three):
    lines, sky = light(**{"557.7": 1000.0, "630.0": 500.0})
    counts = collect(lines, sky, response=three, **SETTING).electrons[:, 0, 0]
    photons = RAYLEIGH * optical_throughput(AREA, 1.4, 1.0, 0.9)
    assert channel_names(three) == ("427.8", "557.7", "630.0")
    assert counts == pytest.approx([0.0, 0.8 * 1000.0 * photons, 0.8 * 500.0 * photons], rel=0.02, abs=1e-3)
    assert channel_weights(three, ["557.7"])[1, 0] == pytest.approx(0.8, rel=0.01)
    assert channel_weights("d3s", ["557.7"])[1, 0] == pytest.approx(0.57, rel=0.3)


def test_three_channels_make_a_picture_and_two_do_not(three, tmp_path):
    exposure = read_out(collect(*light(**{"557.7": 1e4}), response=three, **SETTING), iso=6400.0)
    pixels = develop(exposure, DevelopSettings()).pixels
    assert pixels[..., 1].mean() > 3.0 * pixels[..., 0].mean()
    two = tmp_path / "two.csv"
    two.write_text("wavelength_nm,a,b\n400,1,0\n700,0,1\n")
    exposure = read_out(collect(*light(**{"557.7": 1e4}), response=str(two), **SETTING), iso=6400.0)
    with pytest.raises(InputError, match=r"2 channels make no picture; 1 or 3 do"):
        develop(exposure, DevelopSettings())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("wavelength_nm\n400\n500\n", "no channels"),
        ("wavelength_nm,a\n400,1.2\n500,0\n", "line 2, a: 1.2 is no share; allowed: 0 to 1"),
        ("wavelength_nm,a\n500,1\n400,0\n", "follows 500; the rows must rise"),
        ("wavelength_nm,a\n400,0\n500,0\n", "sees nothing"),
        ("nm,a\n400,0\n500,0\n", "missing wavelength_nm"),
        ("wavelength_nm,a,a\n400,0,1\n500,0,1\n", "column a is there twice"),
        ("", "empty"),
    ],
)
def test_a_file_that_will_not_do_is_told_in_one_line(tmp_path, text, words):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=words) as caught:
        read_filters(str(path))
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_a_scene_names_its_filters_and_their_content_counts(minimal_scene, three, tmp_path):
    text = minimal_scene + '[camera]\nresponse = "filters.csv"\n'
    scene = scene_from_text(text, folder=tmp_path)
    before = scene.scene_hash
    assert scene.camera.response == three
    (tmp_path / "filters.csv").write_text("wavelength_nm,a\n400,1\n700,0\n")
    assert scene_from_text(text, folder=tmp_path).scene_hash != before
    (tmp_path / "filters.csv").write_text("wavelength_nm\n400\n700\n")
    with pytest.raises(InputError, match="no channels"):
        scene_from_text(text, folder=tmp_path)


def luminances(kilorayleighs, key="557.7"):
    collected = collect(*light(**{key: 1e3 * kilorayleighs}), response="eye", **SETTING)
    return collected.electrons, collected.luminance_per_electron


def test_luminance_of_the_green_line_is_cie_s():
    """10 kR at 557.7 nm: 1e14/4pi photons m-2 s-1 sr-1 of 3.562e-19 J, times 683 lm/W times V(557.7) = 0.9986."""
    electrons, scale = luminances(10.0)
    by_hand = 1e14 / (4.0 * np.pi) * 3.562e-19 * 683.0 * 0.9986
    assert electrons[1, 0, 0] * scale == pytest.approx(by_hand, rel=0.01) == pytest.approx(0.0019, rel=0.02)


@pytest.mark.parametrize(("kilorayleighs", "most_colour", "least_colour"), [(10.0, 0.01, 0.0), (300.0, 0.6, 0.2)])
def test_faint_aurora_has_no_colour_for_the_eye(kilorayleighs, most_colour, least_colour):
    xyz, share = seen(*luminances(kilorayleighs))
    assert least_colour <= share.max() <= most_colour
    x, y = (xyz[:2] / xyz.sum(axis=0))[:, 0, 0]
    if most_colour < 0.1:
        assert (x, y) == pytest.approx((0.2827, 0.2790), abs=0.01)
    else:
        assert y > 0.33


def test_daylight_is_seen_by_the_cones_alone():
    """Above 5 cd m-2 it is the CIE's observer, whatever the rods say."""
    electrons, scale = luminances(1e6)
    xyz, share = seen(electrons, scale)
    assert share.min() == 1.0 and xyz == pytest.approx(electrons[:3], rel=1e-4)


def test_an_instrument_s_netcdf_has_counts_and_rayleighs(three, minimal_scene, tmp_path):
    """1 kR through its filter is read as 1 kR within the noise; a line beside all filters is not read."""
    xarray = pytest.importorskip("xarray")
    pytest.importorskip("h5netcdf")
    text = minimal_scene + '[camera]\nresponse = "filters.csv"\ncolumns = 24\nrows = 16\nexposure_s = 2.0\n'
    scene = scene_from_text(text, folder=tmp_path)
    moment = moment_of(scene, scene.time.epoch)
    lines, sky = light((16, 24), **{"557.7": 1000.0, "Na": 5000.0})
    frame = Frame(lines, sky, moment, Device("none", "single", "none"))
    write_taken([tmp_path / "a.nc"], frame, scene, header_of(frame, scene))
    with xarray.open_dataset(tmp_path / "a.nc") as read:
        green = read.channel_rayleighs.sel(channel="557.7")
        assert float(green.mean()) == pytest.approx(1000.0, rel=0.03)
        assert float(read.channel_wavelength.sel(channel="557.7")) == pytest.approx(557.7)
        counts = read.channel_counts.values
        assert np.array_equal(counts, np.round(counts)) and counts.max() > 100.0
        assert abs(float(read.channel_rayleighs.sel(channel="427.8").mean())) < 20.0
        corner = float(green[0, 0]) / float(green[8, 12])
        assert corner == pytest.approx(1.0, abs=0.3)  # flat: the lens's fall-off there is 0.27


def test_a_frame_s_file_is_developed_with_its_own_channels(three, minimal_scene, tmp_path):
    """Beside the file they are found, and the picture is the one that was taken; else it is refused, not guessed."""
    text = minimal_scene + '[camera]\nresponse = "filters.csv"\ncolumns = 12\nrows = 8\n'
    scene = scene_from_text(text, folder=tmp_path)
    lines, sky = light((8, 12), **{"557.7": 20000.0})
    frame = Frame(lines, sky, moment_of(scene, scene.time.epoch), Device("none", "single", "none"))
    write_taken([tmp_path / "a.exr"], frame, scene, header_of(frame, scene))
    read, again, _ = read_frame(tmp_path / "a.exr", {}, {})
    assert again.camera.response == three
    assert np.array_equal(develop_frame(read, again).pixels, develop_frame(frame, scene).pixels)
    (tmp_path / "filters.csv").rename(tmp_path / "gone.csv")
    with pytest.raises(InputError, match=r'a.exr: its scene: \[camera\] response: no file "filters.csv" in'):
        read_frame(tmp_path / "a.exr", {}, {})


def test_two_channels_are_refused_before_anything_is_rendered(minimal_scene, tmp_path):
    (tmp_path / "two.csv").write_text("wavelength_nm,a,b\n400,1,0\n700,0,1\n")
    scene = scene_from_text(minimal_scene + '[camera]\nresponse = "two.csv"\n', folder=tmp_path)
    require_formats([tmp_path / "a.exr"], scene, (16, 9))
    with pytest.raises(InputError, match="2 channels make no picture; 1 or 3 do"):
        require_formats([tmp_path / "a.exr", tmp_path / "a.png"], scene, (16, 9))
    with pytest.raises(InputError, match="2 channels make no picture"):
        render_film(scene, tmp_path / "film")
    assert not (tmp_path / "film").exists()


@pytest.mark.parametrize(
    ("rows", "seen"),
    [
        ("300,0.5\n900,0.5", True),  # across
        ("780,0\n900,0.5", True),  # bands of N2
        ("1300,0.5\n1400,0.5", False),
        ("840,0.5\n850,0.5", True),  # the line 844.6
        ("555.00,0.5\n555.02,0.5", True),  # narrow, between all steps
        ("100,0.5\n150,0.5", False),
    ],
)
def test_channels_that_see_nothing_are_refused_with_their_scene(rows, seen, tmp_path, minimal_scene):
    (tmp_path / "own.csv").write_text(f"wavelength_nm,night\n{rows}\n")
    text = minimal_scene + "[camera]\nresponse = 'own.csv'\n"
    if seen:
        assert scene_from_text(text, folder=tmp_path).camera.response.endswith("own.csv")
        return
    with pytest.raises(InputError, match=r"own\.csv: night: this channel sees nothing; allowed: .* from 380 to 780 nm"):
        scene_from_text(text, folder=tmp_path)
