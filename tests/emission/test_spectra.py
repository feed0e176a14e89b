"""Spectra by name: closed-form moments against quadrature, limits, and the light that each makes."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from render.core.lines import PROMPT_KEYS
from render.core.units import ERG_CM2_S_IN_KEV
from render.emission import ionisation as ion
from render.emission.columns import peak_altitude_km
from render.emission.excitation import prompt_lines
from render.emission.medium import Medium, medium_on_grid
from render.emission.precipitation import Precipitation
from render.emission.spectra import BROAD_NODES_KEV, MAXWELLIAN, ElectronSpectrum
from render.emission.table import VolumeEmissionRate, column_rayleighs, emission_table, volume_emission_rate
from render.geophysics.upper_air.thermosphere import Thermosphere

MOMENT = 2e-3  # relative, of closed forms against the trapezoidal rule
LIMIT = 2e-3  # relative, of pairs: a limit against the spectrum that it tends to
BEAM_SUM = 0.03  # relative, of prompt columns: a Maxwellian as lit beams against a Maxwellian lit at once
PER_FLUX = 0.10  # relative, of 427.8 per mW m-2 among spectra of one mean energy
ENERGY_KEV = np.geomspace(1e-3, 1e5, 100_001)

SHAPES: list[dict[str, Any]] = [
    {"spectrum": "maxwellian"},
    {"spectrum": "gaussian"},
    {"spectrum": "gaussian", "width": 0.9},  # cut off at 0
    {"spectrum": "kappa", "kappa": 3.5},
    {"spectrum": "kappa"},
    {"spectrum": "maxwellian", "tail_share": 0.2},
    {"spectrum": "kappa", "tail_share": 0.1, "tail_index": 5.0},
    {"spectrum": "gaussian", "width": 0.3, "tail_share": 0.15, "tail_index": 6.0},
]
TABLE: dict[str, Any] = {
    "spectrum": "tabulated",
    "energy_kev": [0.5, 1.0, 2.0, 4.0, 8.0, 20.0],
    "flux": [3.0, 4.0, 6.0, 2.5, 0.4, 0.01],
}
ALL_SHAPES = [
    *SHAPES,
    TABLE,
    {**TABLE, "tail_share": 0.1},
    {"spectrum": "monoenergetic"},
    {"spectrum": "monoenergetic", "tail_share": 0.1},
]


def named(**shape: Any) -> ElectronSpectrum:
    return ElectronSpectrum.model_validate(shape)


@pytest.fixture(scope="module")
def medium(air: Thermosphere) -> Medium:
    return medium_on_grid(air, np.arange(75.0, 600.5, 1.0))


def light_of(air: Thermosphere, half_mean_kev: float, **shape: Any) -> VolumeEmissionRate:
    """Return the light of 1 mW m-2 whose core has a mean energy of twice `half_mean_kev`."""
    spectrum = named(**shape)
    return volume_emission_rate(
        air, Precipitation(float(spectrum.characteristic_kev(np.array(half_mean_kev))), 1.0, spectrum)
    )


# Closed forms


@pytest.mark.parametrize("shape", [*SHAPES, TABLE])
@pytest.mark.parametrize("energy", [0.5, 6.0])
def test_moments_are_those_of_the_flux(shape: dict[str, Any], energy: float) -> None:
    electrons = Precipitation(energy, 3.0, named(**shape))
    flux = 3.0 * named(**shape).number_flux(ENERGY_KEV, energy)
    number, power = np.trapezoid(flux, ENERGY_KEV), np.trapezoid(flux * ENERGY_KEV, ENERGY_KEV)
    assert power == pytest.approx(3.0 * ERG_CM2_S_IN_KEV, rel=MOMENT)
    assert electrons.number_flux_cm2_s == pytest.approx(number, rel=MOMENT)
    assert electrons.mean_energy_kev == pytest.approx(power / number, rel=MOMENT)
    for bound in (0.3 * energy, 1.1 * energy, 3.0 * energy, 12.0 * energy):
        above = np.trapezoid(flux * ENERGY_KEV * (bound < ENERGY_KEV), ENERGY_KEV) / power
        found = float(named(**shape).share_above(np.array(bound), np.array(energy)))
        assert found == pytest.approx(above, rel=0.01, abs=1e-4)


def test_mean_energies_by_hand() -> None:
    assert Precipitation(3.0, 1.0, "maxwellian").mean_energy_kev == 6.0
    assert Precipitation(3.0, 1.0, "kappa").mean_energy_kev == 6.0
    assert Precipitation(3.0, 1.0, "monoenergetic").mean_energy_kev == 3.0
    assert Precipitation(3.0, 1.0, "gaussian").mean_energy_kev == pytest.approx(3.0, rel=1e-9)
    # 0.8 of the energy flux with a mean of 6 keV, 0.2 with one of 18
    assert Precipitation(3.0, 1.0, named(tail_share=0.2)).mean_energy_kev == pytest.approx(1 / (0.8 / 6 + 0.2 / 18))
    table = Precipitation.tabulated(np.linspace(1.0, 3.0, 40), np.full(40, 1e8))
    assert table.mean_energy_kev == pytest.approx(2.0, rel=1e-3)


@pytest.mark.parametrize("core", ["maxwellian", "gaussian"])
def test_a_tail_falls_as_a_power_of_energy_far_above_its_core(core: str) -> None:
    far = np.array([3e4, 6e4])
    flux = named(spectrum=core, tail_share=0.1, tail_index=5.0).number_flux(far, 1.0)
    assert np.log2(flux[0] / flux[1]) == pytest.approx(5.0, abs=0.01)
    near = np.array([0.9, 1.1])
    plain, tail = (named(spectrum=core, tail_share=share).number_flux(near, 1.0) for share in (0.0, 0.1))
    np.testing.assert_allclose(tail, 0.9 * plain, rtol=0.03)  # and leaves the core's shape


@given(st.sampled_from(ALL_SHAPES), st.floats(0.05, 100.0))
@settings(max_examples=60, deadline=None)
def test_beams_carry_all_of_the_energy_flux(shape: dict[str, Any], energy: float) -> None:
    spectrum, at = named(**shape), np.array([energy])
    for tail in (False, True):
        share = spectrum.broad_shares(at, tail)
        assert share.min() > -1e-15
        assert share.sum() == pytest.approx(1.0, abs=1e-12)
    nodes, share = named(spectrum="gaussian", width=0.4).core_beams(at)
    assert share.sum() == pytest.approx(1.0, abs=1e-12)
    assert float(nodes[0] @ share) == pytest.approx(energy * (1.0 + 0.5 * 0.4**2), rel=0.01)  # of the energy flux
    assert 0.0 <= Precipitation(energy, 1.0, spectrum).share_outside(0.05, 105.0) <= 1.0


@given(st.lists(st.floats(1e-3, 1e3), min_size=2, max_size=8, unique=True), st.data())
@settings(max_examples=40, deadline=None)
def test_a_table_in_any_unit_is_a_spectrum(energies: list[float], data: st.DataObject) -> None:
    """Fluxes from the least to the greatest number that there is; the unit makes no difference."""
    energy = np.sort(energies)
    assume((np.diff(energy) > 1e-6 * energy[1:]).all())
    flux = [data.draw(st.floats(2.3e-308, 1.7e308)) for _ in energy]
    table = named(spectrum="tabulated", energy_kev=tuple(energy), flux=tuple(flux))
    share = table.broad_shares(np.array([0.05, 3.0, 100.0]), tail=False)
    assert np.isfinite(share).all()
    np.testing.assert_allclose(share.sum(axis=1), 1.0, atol=1e-12)
    assert np.isfinite(table.number_flux(energy, 2.0)).all()


def test_unit_of_a_table_makes_no_difference() -> None:
    at, rows = np.array([0.3, 2.0, 10.0]), np.array(TABLE["flux"])
    scaled = [named(**{**TABLE, "flux": tuple(unit * rows)}).number_flux(at, 3.0) for unit in (1.0, 1e-300, 1e300)]
    np.testing.assert_allclose(scaled[1:], [scaled[0]] * 2, rtol=1e-9)


def test_beams_of_kappa_have_its_energies() -> None:
    """The mean over the energy flux, 3 (kappa - 2) / (kappa - 3) E0."""
    share = named(spectrum="kappa", kappa=8.0).broad_shares(np.array([2.0]), tail=False)
    assert float(share[0] @ BROAD_NODES_KEV) == pytest.approx(2.0 * 3.0 * 6.0 / 5.0, rel=5e-3)


# Limits


def test_kappa_to_infinity_is_maxwellian(medium: Medium) -> None:
    energy = np.array([0.3, 2.0, 10.0])
    one, other = (
        ion.ionisation_rate(medium, energy, s).total for s in (named(spectrum="kappa", kappa=1e6), MAXWELLIAN)
    )
    np.testing.assert_allclose(one, other, rtol=0.02, atol=LIMIT * other.max())
    far = ion.ionisation_rate(medium, energy, named(spectrum="kappa", kappa=5.0)).total
    assert np.abs(far - other).max() > 0.1 * other.max()  # the limit is not reached by kappa 5


def test_a_narrow_gaussian_is_a_beam(medium: Medium) -> None:
    energy = np.array([0.3, 2.0, 10.0])
    beam = ion.ionisation_rate(medium, energy, named(spectrum="monoenergetic")).total
    narrow, wide = (
        ion.ionisation_rate(medium, energy, named(spectrum="gaussian", width=w)).total for w in (0.001, 0.3)
    )
    np.testing.assert_allclose(narrow, beam, rtol=1e-3, atol=1e-4 * beam.max())
    assert np.abs(wide - beam).max() > 0.1 * beam.max()


def test_a_table_of_a_maxwellian_is_one_at_any_energy(medium: Medium) -> None:
    """Written at E0 = 1 keV in a unit of its own, and stretched."""
    rows = np.geomspace(0.01, 25.0, 120)
    table = named(spectrum="tabulated", energy_kev=tuple(rows), flux=tuple(7.0 * rows * np.exp(-rows)))
    energy = np.array([0.3, 2.0, 10.0])
    one, other = (ion.ionisation_rate(medium, energy, each).total for each in (table, MAXWELLIAN))
    np.testing.assert_allclose(one, other, rtol=0.02, atol=LIMIT * other.max())
    assert table.mean_energy_kev(energy) == pytest.approx(2.0 * energy)
    own = Precipitation.tabulated(rows, 7.0 * rows * np.exp(-rows))
    shares = [own.share_outside(0.3, 4.0), Precipitation(1.0, 1.0, table).share_outside(0.3, 4.0)]
    assert shares == pytest.approx([shares[0]] * 2, abs=0.02)


def test_no_share_is_no_tail(medium: Medium) -> None:
    energy = np.array([0.5, 5.0])
    for core in ("maxwellian", "kappa", "gaussian", "monoenergetic"):
        none, little, plain = (
            ion.ionisation_rate(medium, energy, named(spectrum=core, **tail)).total
            for tail in ({"tail_share": 0.0}, {"tail_share": 1e-6}, {})
        )
        np.testing.assert_array_equal(none, plain)
        np.testing.assert_allclose(little, plain, rtol=1e-3, atol=1e-4 * plain.max())


def test_the_maxwellian_of_the_table_is_a_sum_of_the_same_beams(medium: Medium) -> None:
    """Shares of even cells against the smooth sum that tables have always used."""
    energy = np.array([0.2, 2.0, 15.0])
    shares = MAXWELLIAN.broad_shares(energy, tail=False)
    summed, direct = shares @ ion.beam_ionisation(medium, BROAD_NODES_KEV), ion.ionisation_rate(medium, energy).total
    np.testing.assert_allclose(summed, direct, rtol=0.01, atol=1e-3 * direct.max())


# Light


@pytest.mark.parametrize("energy", [1.0, 4.0])
def test_lit_beams_add_up_to_the_light_of_their_maxwellian(medium: Medium, energy: float) -> None:
    """Excitation takes a spectrum by its mean energy: the beams, each excited at half its own, agree on the whole."""
    shares = ion.maxwellian_weights(np.array([energy]))[0]
    nodes = ion.SPECTRUM_NODES_KEV
    beams = ion.ionisation_rate(medium, nodes, named(spectrum="monoenergetic"))
    of_beams = prompt_lines(medium, beams, 0.5 * nodes)
    at_once = prompt_lines(medium, ion.ionisation_rate(medium, np.array([energy])), np.array([energy]))
    for key in set(PROMPT_KEYS) & set(at_once):
        summed = column_rayleighs(medium.altitude_km, shares @ of_beams[key])
        assert summed == pytest.approx(column_rayleighs(medium.altitude_km, at_once[key][0]), rel=BEAM_SUM), key


@pytest.mark.parametrize("shape", ALL_SHAPES)
def test_harder_electrons_shine_lower(air: Thermosphere, shape: dict[str, Any]) -> None:
    lights = [light_of(air, energy, **shape) for energy in (0.3, 1.0, 3.0, 10.0)]
    for line in ("427.8", "557.7"):
        peaks = [peak_altitude_km(light.altitude_km, light.line(line)) for light in lights]
        assert all(lower < higher - 1.0 for higher, lower in pairwise(peaks)), (line, peaks)


@pytest.mark.parametrize("core", ["maxwellian", "monoenergetic", "gaussian", "kappa"])
def test_a_tail_adds_light_below_100_km(air: Thermosphere, core: str) -> None:
    plain, tail = (light_of(air, 2.0, spectrum=core, tail_share=share) for share in (0.0, 0.15))
    low = plain.altitude_km < 100.0
    assert (tail.line("427.8")[low] > plain.line("427.8")[low]).all()
    assert tail.line("427.8")[low].sum() > 1.1 * plain.line("427.8")[low].sum()
    assert tail.column_rayleighs("427.8") == pytest.approx(plain.column_rayleighs("427.8"), rel=PER_FLUX)


@pytest.mark.parametrize("energy", [1.0, 3.0])
def test_blue_light_per_energy_flux_hardly_depends_on_the_spectrum(air: Thermosphere, energy: float) -> None:
    columns = [light_of(air, energy, **shape).column_rayleighs("427.8") for shape in ALL_SHAPES]
    np.testing.assert_allclose(columns, light_of(air, energy).column_rayleighs("427.8"), rtol=PER_FLUX)


@pytest.mark.parametrize("shape", [{"spectrum": "gaussian", "width": 0.3}, {"spectrum": "kappa", "tail_share": 0.1}])
def test_table_is_by_half_the_mean_of_the_core(air: Thermosphere, shape: dict[str, Any]) -> None:
    table = emission_table(air, spectrum=named(**shape))
    node = 35  # 1.8 keV
    direct = light_of(air, float(table.energy_kev[node]), **shape)
    for key in ("N2+_1NG", "557.7", "630.0"):
        expected = direct.line(key)
        np.testing.assert_allclose(
            table.rate[table.keys.index(key), node, : len(expected)], expected, rtol=1e-6, atol=1e-9 * expected.max()
        )


# Input


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ({"width": 0.2}, 'width is of spectrum = "gaussian", and this one is "maxwellian"'),
        ({"spectrum": "gaussian", "kappa": 4.0}, 'kappa is of spectrum = "kappa"'),
        ({"tail_index": 4.0}, "give tail_share as well"),
        ({"spectrum": "kappa", "kappa": 2.0}, "greater than or equal to 2.1"),
        ({"tail_share": 1.0}, "less than or equal to 0.9"),
        ({"spectrum": "table"}, "'maxwellian', 'monoenergetic', 'gaussian', 'kappa' or 'tabulated'"),
        ({"spectrum": "tabulated"}, "at least two energies"),
        ({**TABLE, "energy_kev": [0.5, 1.0, 2.0, 4.0, 4.0, 20.0]}, "must be rising"),
        ({**TABLE, "energy_kev": [1.0, 1e9], "flux": [1.0, 1e300]}, "0.001 to 1000 keV; one is 1e"),
        ({**TABLE, "flux": [1.0, 2.0]}, "given: 6 and 2"),
        ({**TABLE, "flux": [5e-324] * 6}, "not all 0"),
        ({**TABLE, "flux": [0.0] * 6}, "not all 0"),
        ({"flux": [1.0, 2.0]}, 'flux is of spectrum = "tabulated"'),
    ],
)
def test_what_no_spectrum_reads_is_an_error(shape: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        named(**shape)
    with pytest.raises(ValueError, match="no flux per keV"):
        named(spectrum="monoenergetic").number_flux(np.array([1.0]), 1.0)
