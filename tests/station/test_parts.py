import numpy as np
import pytest

from render.station import parts as p
from render.station.parts import station, table, wings
from shaders.station import shapes as station_shapes

WING_SPAN_M = 73.2  # m, tip to tip of a pair of wings
TRUSS_M = 108.5  # m
ABOUT_M = 0.3  # m, spread of published dimensions
ROUNDING = 1e-12


def corners(table_):
    signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    return table_.centre_m[:, None] + np.einsum("cj,nj,njk->nck", signs, table_.half_m, table_.axes)


def test_kinds_are_the_shader_s():
    names = ("BOX", "CYLINDER", "BLANKET", "LATTICE")
    assert [getattr(p, n) for n in names] == [getattr(station_shapes, n) for n in names]


@pytest.mark.parametrize("angle", [0.0, 37.0, -120.0])
def test_axes_are_orthonormal(angle):
    made = table([*station(), *wings(angle)])
    assert np.allclose(made.axes @ made.axes.transpose(0, 2, 1), np.eye(3), atol=ROUNDING)


def test_station_has_its_published_size():
    assert np.ptp(corners(table(wings(0.0)))[..., 2]) == pytest.approx(WING_SPAN_M, abs=ABOUT_M)
    everything = corners(table([*station(), *wings(0.0)]))
    assert np.ptp(corners(table(station()))[..., 1]) == pytest.approx(TRUSS_M, abs=ABOUT_M)
    assert np.ptp(everything[..., 1]) == pytest.approx(TRUSS_M, abs=ABOUT_M)


def test_two_blankets_stand_a_mast_apart():
    one, other, mast = p.wing(np.zeros(3), np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0]))[:3]
    gap = np.linalg.norm(one.centre_m - other.centre_m) - p.BLANKET_WIDTH_M
    assert gap == pytest.approx(p.MAST_WIDTH_M)
    assert 2.0 * mast.half_m[0] < gap


@pytest.mark.parametrize(("angle", "facing"), [(0.0, [1.0, 0.0, 0.0]), (90.0, [0.0, 0.0, -1.0])])
def test_cells_face_forward_at_0_and_to_the_zenith_at_90_degrees(angle, facing):
    blankets = [part for part in wings(angle) if part.kind == p.BLANKET]
    assert len(blankets) == 16
    for blanket in blankets:
        assert np.allclose(blanket.axes[2], facing, atol=ROUNDING)


def test_no_part_and_too_many_parts_are_errors():
    with pytest.raises(ValueError, match="1 to 64 parts, not 0"):
        table([])
    with pytest.raises(ValueError, match="not 65"):
        table(station()[:1] * 65)
