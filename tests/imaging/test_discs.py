"""The Sun's wings from the picture and from beside it: the law's, with no mirror image, and no jump between."""

import numpy as np
import pytest

from render.imaging.capture.discs import (
    GLOW_UM,
    HOOD_LENGTH,
    SAMPLES,
    VEIL_UM,
    Disc,
    hood_share,
    light_beside,
    moffat,
    own_cells,
)
from render.imaging.capture.lens import fall_off_at, fall_off_beside, scatter
from render.imaging.capture.spikes import ENERGY_BEYOND, spikes_beside, strength

ROWS, COLUMNS = 90, 160
SHARES = (0.03, 0.007)
LIGHT = 1e8  # electrons of a disc
LAW, CROSSING = 0.02, 0.06  # of the light: cells against points; a disc of 64 parts against its pixels


def law(square_um2):
    """Return the wings' share per um2, written out."""
    glow = 0.75 / (np.pi * GLOW_UM**2) * (1.0 + square_um2 / GLOW_UM**2) ** -1.75
    return SHARES[0] * glow + SHARES[1] * 0.5 / (np.pi * VEIL_UM**2) * (1.0 + square_um2 / VEIL_UM**2) ** -1.5


def disc_at(x, y, radius_px=3.0, light=LIGHT):
    return Disc(x, y, radius_px * np.eye(2), np.array([light]))


def squares(x, y, pitch_um, shape=(ROWS, COLUMNS)):
    """Return squared distances, um2, of all pixels from (x, y)."""
    rows, columns = shape
    away = np.arange(1, rows + 1)[:, None] - y, np.arange(1, columns + 1)[None, :] - x
    return (away[0] ** 2 + away[1] ** 2) * pitch_um**2


def drawn(disc, rows=ROWS, columns=COLUMNS, fine=8):
    """Return the picture [1, row, column] of what of a round disc falls on it, by fine parts of pixels."""
    at = (np.arange(fine * rows) + 0.5) / fine + 0.5, (np.arange(fine * columns) + 0.5) / fine + 0.5
    on = (at[0][:, None] - disc.y) ** 2 + (at[1][None, :] - disc.x) ** 2 <= disc.radius_px**2
    share = on.reshape(rows, fine, columns, fine).sum(axis=(1, 3)) / (fine**2 * np.pi * disc.radius_px**2)
    return (disc.light[0] * share)[None].astype(np.float32)


def through(picture, discs, pitch_um=100.0, blades=0, f_number=1.4):
    return scatter(picture, pitch_um, *SHARES, blades, f_number, discs)[0]


@pytest.mark.parametrize("power", [1.5, 1.75, 2.5])
def test_a_moffat_function_of_any_power(power):
    square = np.geomspace(1.0, 1e9, 50)
    assert moffat(square, 300.0, power) == pytest.approx((power - 1.0) / (np.pi * 9e4) * (1.0 + square / 9e4) ** -power)
    rings = np.geomspace(1e-3, 1e9, 200_001)
    whole = np.trapezoid(np.pi * moffat(rings, 300.0, power), rings)
    assert whole == pytest.approx(1.0 - (1.0 + 1e9 / 9e4) ** (1.0 - power), rel=1e-3)


@pytest.mark.parametrize(("pitch_um", "x", "y"), [(100.0, -60.0, 30.0), (100.0, 200.0, -40.0), (9.0, 700.0, 45.0)])
def test_light_from_far_beside_the_frame_is_the_laws(pitch_um, x, y):
    dark = np.zeros((1, ROWS, COLUMNS), np.float32)
    got = through(dark, [disc_at(x, y)], pitch_um)
    assert got == pytest.approx(LIGHT * pitch_um**2 * law(squares(x, y, pitch_um)), rel=LAW)
    assert not through(dark, []).any()


def test_light_of_a_disc_near_the_edge_is_that_of_all_its_parts():
    """Against a fine grid of points over the disc; one point in its middle would be wrong by a tenth and more."""
    disc, pitch_um = disc_at(COLUMNS + 16.0, 40.0, radius_px=10.0), 34.0
    got = through(np.zeros((1, ROWS, COLUMNS), np.float32), [disc], pitch_um)
    u, v = np.meshgrid(*2 * [(np.arange(41) + 0.5) / 20.5 - 1.0])
    on = u**2 + v**2 <= 1.0
    parts = [squares(disc.x + 10.0 * a, disc.y + 10.0 * b, pitch_um) for a, b in zip(u[on], v[on], strict=True)]
    whole = LIGHT * pitch_um**2 * np.mean([law(part) for part in parts], axis=0)
    assert got == pytest.approx(whole, rel=LAW)
    middle = LIGHT * pitch_um**2 * law(squares(disc.x, disc.y, pitch_um))
    assert np.abs(middle / whole - 1.0).max() > 5 * LAW


def test_a_disc_in_the_picture_has_no_ghost_beyond_the_edge():
    """Near the edge the mirror image of the Sun would double its light; it does where the disc is not told."""
    disc = disc_at(COLUMNS - 5.0, 45.0)
    away = np.s_[20:70, COLUMNS - 60 : COLUMNS - 20]
    expected = LIGHT * 100.0**2 * law(squares(disc.x, disc.y, 100.0))[away]
    assert through(drawn(disc), [disc])[away] == pytest.approx(expected, rel=CROSSING)
    ghost = through(drawn(disc), [])[away]
    assert (ghost / expected).max() > 1.5


def test_light_across_the_edge_changes_as_by_the_law():
    """A disc that leaves the frame: at every place of it, inside, on the edge, outside, the light is the law's."""
    for x in np.arange(COLUMNS - 6.0, COLUMNS + 7.0, 0.75):
        disc = disc_at(x, 45.0)
        got = through(drawn(disc), [disc])[:, : COLUMNS - 20]
        expected = LIGHT * 100.0**2 * law(squares(x, 45.0, 100.0))[:, : COLUMNS - 20]
        assert got == pytest.approx(expected, rel=CROSSING), x
    gone = through(drawn(disc_at(COLUMNS + 6.0, 45.0)), [])
    assert not gone.any()  # what was seen before: the light went out at once


def test_light_is_lost_beyond_the_frame_and_not_made():
    disc = disc_at(80.0, 45.0)
    picture = drawn(disc)
    lost = 1.0 - through(picture, [disc]).sum(dtype=float) / picture.sum(dtype=float)
    wide = law(squares(1000.0, 1000.0, 100.0, (1999, 1999))).sum() - law(squares(disc.x, disc.y, 100.0)).sum()
    beyond = SHARES[1] * (1.0 + (1.1e5 / VEIL_UM) ** 2) ** -0.5  # than 100 mm to the sides and 141 in the corners
    assert lost == pytest.approx(100.0**2 * wide + beyond, rel=0.03)
    assert lost > 1e-3


def test_what_is_not_the_discs_is_spread_as_before():
    """An even sky stays even about a disc that is hidden, and about one that shines its own light comes on top."""
    even = np.full((1, ROWS, COLUMNS), 50.0, np.float32)
    hidden = disc_at(COLUMNS - 2.0, 45.0, light=0.0)
    assert through(even, [hidden]) == pytest.approx(even[0], rel=1e-5)
    disc = disc_at(COLUMNS - 8.0, 45.0)
    apart = through(even, []) + through(drawn(disc), [disc])
    assert through(even + drawn(disc), [disc]) == pytest.approx(apart, rel=1e-4)
    assert own_cells(even[0], [hidden], 1) is None


def test_cells_of_large_pictures_give_the_same():
    """Photosites of 8.5 um in cells of four: far from the disc as pixel by pixel."""
    disc = disc_at(COLUMNS + 40.0, 45.0)
    for cell in (1, 4):
        shape = -(-ROWS // cell), -(-COLUMNS // cell)
        found = light_beside(shape, cell, 8.5, SHARES, [disc], 0, 1.4, (ROWS, COLUMNS))[0]
        x = np.arange(shape[1])[None, :] * cell + 0.5 * (cell + 1) - disc.x
        y = np.arange(shape[0])[:, None] * cell + 0.5 * (cell + 1) - disc.y
        assert found == pytest.approx(LIGHT * 8.5**2 * law((x**2 + y**2) * 8.5**2), rel=LAW)


@pytest.mark.parametrize(("blades", "spikes"), [(9, 18), (8, 8)])
def test_spikes_from_beside_by_the_law(blades, spikes):
    """0.2 lambda N / r of the light beyond r, in as many spikes; none wide open."""
    at = (np.arange(-400, 401) * 40.0).astype(np.float32)
    star = spikes_beside(at, at, np.zeros(2), 100.0, blades, 22.7)
    r = np.hypot(at[:, None], at[None, :])
    ring = (r >= 2000.0) & (r < 12000.0)
    assert star[ring].sum() * 40.0**2 == pytest.approx(ENERGY_BEYOND * 22.7 * (1 / 2000.0 - 1 / 12000.0), rel=0.02)
    angle = np.linspace(0.0, 2.0 * np.pi, 1440, endpoint=False)
    ring = np.array([
        star[np.rint(400 + n * np.sin(angle)).astype(int), np.rint(400 + n * np.cos(angle)).astype(int)]
        for n in range(60, 90)
    ]).mean(axis=0)  # fmt: skip
    power = np.abs(np.fft.rfft(ring))
    assert np.argmax(power[1:60]) + 1 == spikes
    assert strength(2.0) == 0.0 and not spikes_beside(at, at, np.zeros(2), 100.0, blades, 2.0).any()


def test_a_star_goes_on_over_the_edge():
    """A disc about to leave the frame and one that has left it have the spikes of one law."""
    for dx in (-4.0, 4.5):
        disc = disc_at(COLUMNS + dx, 45.0, light=1e11)
        star = through(drawn(disc), [disc], 34.0, 9, 22.7) - through(drawn(disc), [disc], 34.0, 0, 22.7)
        x, y = ((np.arange(1, n + 1) * 34.0).astype(np.float32) for n in (COLUMNS, ROWS))
        expected = 1e11 * 34.0**2 * 0.61 * spikes_beside(x, y, np.array([disc.x, disc.y]) * 34.0, 3.0 * 34.0, 9, 22.7)
        part = np.s_[:, 20 : COLUMNS - 20]
        assert star[part].sum() == pytest.approx(expected[part].sum(), rel=0.05)
        assert star[part].sum() > 0.0


def test_a_hood_shades_beyond_its_field():
    corner = 0.43  # a 50 mm's
    assert hood_share(0.3, corner) == hood_share(corner, corner) == 1.0
    assert hood_share(corner + 0.5 / HOOD_LENGTH, corner) == pytest.approx(0.5)
    assert hood_share(corner + 1.001 / HOOD_LENGTH, corner) == hood_share(9.0, corner) == 0.0


def test_the_fall_off_goes_on_beyond_the_corner():
    measured = (-1.6501, 1.5753, -0.6982)  # which is below nothing at 1.2 corners
    for rule in ("lens", "none", measured):
        inner, outer = (fall_off_beside(h, 1.4, rule) for h in (0.999, 1.001))
        assert inner == pytest.approx(outer, rel=0.01)
        assert inner == pytest.approx(float(fall_off_at(np.array(0.999), 1.4, rule)))
    assert 0.0 < fall_off_beside(2.0, 1.4, measured) < 0.1 * fall_off_beside(1.0, 1.4, measured)


def test_samples_are_the_disc():
    """Mean, and a quarter of the squared radius for each axis's variance, of an askew ellipse."""
    spans = np.array([[5.0, 1.0], [0.5, 3.0]])
    disc = Disc(10.0, 20.0, spans, np.ones(1))
    places = np.stack(disc.samples())
    assert len(places[0]) == SAMPLES
    assert places.mean(axis=1) == pytest.approx([10.0, 20.0], abs=0.1)
    assert np.cov(places, bias=True) == pytest.approx(spans @ spans.T / 4.0, abs=0.1)
    assert disc.beside(100, 100).shape[1] == 0
    assert Disc(0.5, 20.0, 3.0 * np.eye(2), np.ones(1)).beside(100, 100).shape[1] == pytest.approx(SAMPLES / 2, abs=3)
