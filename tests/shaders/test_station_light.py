"""Light on the station against closed forms: Lambert, lobes, shadow, light through a film, half spaces, the cabin."""

import numpy as np
import pytest
from PIL import Image

from render import device
from render.core.radiance import SKY_WAVELENGTHS_NM
from render.integrator import station as stage
from render.integrator.station_trees import stage_trees
from render.integrator.surroundings import Surroundings, half_spaces, level_axes
from render.station import shapes
from render.station.composition import Instance, mesh_of
from render.station.materials import WIDTHS_DEG, material_id, materials
from render.station.settings import StationSettings
from render.station.tree import build_tree
from tests import probes_station
from tests.shaders.stations import (
    BANDS,
    COLUMNS,
    LEVEL,
    NONE,
    ORBIT,
    PER_PIXEL,
    ROWS,
    SINGLE,
    SPREAD,
    SUN,
    camera,
    factor_of,
    lights,
    middle,
    picture,
    plate,
    render_station,
    white_of,
)


def test_lambert_sphere_full_face_and_quarter_phase():
    """Radiance rho E cos / pi; flux at phase a: 2 / 3 ((pi - a) cos a + sin a) / pi of the disc times rho E / pi."""
    ball, seen = shapes.ball(np.array([0.0, 0.0, 3000.0]), 8.0, "radiator", 48), {}
    far = camera(focal_mm=4000.0)  # nearer by, less than half of the sphere is seen: 1 % brighter at 300 m
    for name, sun in (("full", (0.0, 0.0, -1.0)), ("quarter", (1.0, 0.0, 0.0))):
        coverage, radiance = picture([ball], lights(sun), far)
        seen[name] = radiance.sum(axis=(1, 2))
    disc = coverage.sum()
    exact = 2.0 / 3.0 * white_of() * SUN / np.pi * disc
    factor = factor_of(middle(picture([ball], lights(), far)[1]), white_of() * SUN / np.pi)
    assert seen["full"] / exact == pytest.approx(factor, rel=0.01)
    assert seen["quarter"] / exact == pytest.approx(factor / np.pi, rel=0.01)


@pytest.mark.parametrize("angle_deg", [0.0, 30.0, 75.0])
def test_sunlit_plate_obeys_lambert(angle_deg):
    angle = np.radians(angle_deg)
    _, radiance = picture([plate()], lights((np.sin(angle), 0.0, -np.cos(angle))))
    factor = factor_of(middle(radiance), white_of() * SUN * np.cos(angle) / np.pi)
    assert factor == pytest.approx(1.0, abs=SPREAD)
    _, square = picture([plate()], lights())
    assert middle(radiance) == pytest.approx(middle(square) * np.cos(angle), rel=SINGLE * 10)


def test_limb_transmittance_reddens_the_sun_and_earth_s_shadow_puts_it_out():
    through = np.linspace(0.0, 1.0, BANDS)
    _, full = picture([plate()], lights())
    _, red = picture([plate()], lights(transmittance=through))
    assert middle(red) == pytest.approx(middle(full) * through, rel=SINGLE * 10, abs=1e-12)
    coverage, dark = picture([plate()], lights(transmittance=NONE))
    assert coverage.max() == 1.0
    assert not dark.any()


def test_a_box_throws_its_shadow_where_it_should_to_a_pixel():
    """A plate square to a slanted Sun shades a window of the wall behind; its edges by similar triangles."""
    sun = np.array([0.0, -1.0, -1.0])
    shade = shapes.box(np.array([0.0, -5.0, 5.0]), LEVEL, (1.0, 1.0, 1e-3), "black")  # level with the wall
    _, lit = picture([plate()], lights(sun))
    _, shaded = picture([plate(), shade], lights(sun))
    ratio = shaded[9] / np.where(lit[9] > 0.0, lit[9], 1.0)
    dark = (ratio < 0.5) & (lit[9] > 0.0)
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    edge = 0.05 / PER_PIXEL  # the shadow is 1 m x 1 m about the wall's middle, 10 m away
    assert [rows[0], rows[-1]] == pytest.approx([(ROWS - 1) / 2 - edge, (ROWS - 1) / 2 + edge], abs=1.0)
    assert [columns[0], columns[-1]] == pytest.approx([(COLUMNS - 1) / 2 - edge, (COLUMNS - 1) / 2 + edge], abs=1.0)
    assert not middle(shaded).any()


def test_backlit_film_glows_through_but_a_plate_stays_dark():
    wing = mesh_of("wing")
    films = wing.material[:, 0] != wing.material[:, 1]
    sheet = type(wing)(wing.corners[films], wing.normals[films], wing.material[films], wing.panel[films])
    seen = sheet.moved(LEVEL, np.array([-2.9, -18.0, 30.0]))  # cells look away from the camera, amber towards it
    _, glow = picture([seen], lights((0.0, 0.0, 1.0)))
    made, amber, kapton = materials(), material_id("amber"), material_id("kapton")
    through = made.transmittance[amber] * SUN / np.pi
    patch = glow[:, 40:50, 75:85].mean(axis=(1, 2))
    assert 0.6 < (patch[through > 0] / through[through > 0]).mean() < 1.3
    assert not patch[(made.transmittance[amber] == 0) & (made.transmittance[kapton] == 0)].any()
    _, dark = picture([plate()], lights((0.0, 0.0, 1.0)))
    assert not dark.any()


@pytest.mark.parametrize(("nadir", "share"), [((0, 0, -1), 1.0), ((0, 1, 0), 0.5), ((0, 0, 1), 0.0)])
@pytest.mark.parametrize("tilt_deg", [0.0, 40.0])
def test_half_space_of_light_from_below(nadir, share, tilt_deg):
    """(1 + n . nadir) / 2 of the irradiance on a level plate, at any tilt; a map of two half spaces gives the same."""
    tilt = np.radians(tilt_deg)
    normal = np.array([np.sin(tilt), 0.0, -np.cos(tilt)])
    share = 0.5 + 0.5 * normal @ np.array(nadir)
    wall = plate(axes=shapes.axes_from(-normal, np.array([0.0, 1.0, 0.0])), size_m=6.0)
    _, radiance = picture([wall], lights(sun=NONE, below=SUN), nadir=nadir)
    _, sunlit = picture([wall], lights(normal))
    assert middle(radiance) == pytest.approx(middle(sunlit) * share, rel=SINGLE * 20, abs=2e-7)
    around = Surroundings(half_spaces(SUN, NONE), level_axes(-np.array(nadir, float), np.array([0.3, 0.9, 0.2])))
    _, mapped = picture([wall], lights(sun=NONE, around=around), nadir=nadir)
    assert middle(mapped) == pytest.approx(middle(sunlit) * share, rel=0.01, abs=0.003 * SUN.max())


def test_a_lobe_mirrors_an_even_sky_by_its_weight_and_a_sun_by_its_width():
    name = "pane"
    made, which = materials(), material_id("pane")
    even = Surroundings(half_spaces(SUN, SUN), LEVEL)
    _, sky = picture([plate(name=name)], lights(sun=NONE, around=even))
    lobe, rho = made.lobe[which], made.reflectance[which]
    assert middle(sky) == pytest.approx((lobe + (1 - lobe) * rho) * SUN / np.pi, rel=0.001)
    _, sun = picture([plate(name=name)], lights())
    width = np.radians(WIDTHS_DEG[made.width[which]])
    peak = lobe * SUN / (np.pi * width**2) + (1 - lobe) * rho * SUN / np.pi
    assert middle(sun) == pytest.approx(peak, rel=0.05)  # half a pixel, 0.6 deg, beside the mirrored direction


def test_no_light_is_made_the_lobe_is_normalised_and_takes_from_the_rest():
    device.start("cpu", "single")
    angles = np.linspace(0.0, np.pi / 2, 20001)
    for width in np.radians(WIDTHS_DEG):
        values = probes_station.lobe(np.cos(angles), width)
        assert np.trapezoid(values * 2.0 * np.pi * np.sin(angles), angles) == pytest.approx(1.0, abs=0.03)
    made = materials()
    for cosine in np.linspace(0.0, 1.0, 11):
        share = probes_station.mirrored(made.lobe, cosine)
        diffuse = (
            (made.reflectance + made.transmittance) * (1.0 + made.spread[:, None]) * (1.0 + made.spread[:, None] / 2)
        )
        assert np.all(share[:, None] + (1.0 - share[:, None]) * diffuse <= 1.0 + SINGLE)


def test_cabin_light_holds_at_five_metres_and_falls_with_the_square():
    near, far = (
        middle(picture([plate(d)], lights(sun=NONE), cabin=1e-3)[1])[9] / white_of()[9] * np.pi for d in (5.0, 10.0)
    )  # 560 nm
    assert near == pytest.approx(1e-3, rel=0.03 + SPREAD)  # the lamp is half a metre beside the lens
    assert far / near == pytest.approx(0.25, rel=0.03)


def test_a_lit_pane_shines_with_what_is_behind_it():
    device.start("cpu", "single")
    pane = shapes.revolved([(0.0, 0.0), (0.0, 1.0)], "pane").moved(LEVEL, np.array([0.0, 0.0, 10.0]))
    settings = StationSettings(visible=True, cabin_light_w_m2_nm=0.0, cabin_lx=200.0)
    staged = stage.stage_copies(
        settings, stage_trees([build_tree(pane)]), [(Instance("", LEVEL, np.zeros(3)), 0)], LEVEL, np.zeros(3),
        camera(), np.array([0.0, 1.0, 0.0]), lights(sun=NONE),
    )  # fmt: skip
    shown = middle(render_station(staged, 0, ROWS)[1])
    response = 1.019 * np.exp(-285.4 * (SKY_WAVELENGTHS_NM / 1000.0 - 0.559) ** 2)
    step = SKY_WAVELENGTHS_NM[1] - SKY_WAVELENGTHS_NM[0]
    assert 683.0 * step * response @ shown == pytest.approx(stage.PANES * 200.0 / np.pi, rel=0.01)  # cd m-2


def test_twelve_directions_of_the_sun_on_a_sheet(tmp_path):
    """Each lights what is seen in its own way, none brighter than white; the sheet is there to be looked at."""
    device.start("cpu", "single")
    settings, shares, sheet = StationSettings(visible=True, composition="edge"), [], []
    for k in range(12):
        turn = np.radians(30.0 * k)
        sun = (np.sin(turn), 0.4, -np.cos(turn))
        staged = stage.prepare_station(settings, camera(1.4), ORBIT, lights(sun))
        coverage, radiance = render_station(staged, 0, ROWS)
        shares.append(radiance[4].sum() / coverage.sum())  # 460 nm, which no film lets through
        sheet.append(np.clip(radiance[[14, 9, 4]] / 0.8, 0.0, 1.0) ** (1.0 / 2.2))
        assert np.isfinite(radiance).all()
        assert radiance.min() >= 0.0
    rows = [np.concatenate(sheet[4 * k : 4 * k + 4], axis=2) for k in range(3)]
    pixels = (np.concatenate(rows, axis=1) * 255.0).astype(np.uint8).transpose(1, 2, 0)
    Image.fromarray(pixels).save(tmp_path / "twelve_suns.png")
    assert shares[0] > 2.0 * shares[6]  # behind the camera, and ahead of it
    assert max(shares) < SUN[4]
    assert len({round(share, 3) for share in shares}) > 8
