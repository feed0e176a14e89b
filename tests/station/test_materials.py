import numpy as np
import pytest

from render.core.radiance import SKY_WAVELENGTHS_NM
from render.station.materials import NAMES, cabin_spectrum, material_id, materials


def test_no_material_gives_back_more_light_than_it_gets():
    made = materials()
    assert made.reflectance.shape == made.transmittance.shape == (len(NAMES), len(SKY_WAVELENGTHS_NM))
    assert np.all(made.reflectance >= 0.0)
    assert np.all(made.transmittance >= 0.0)
    assert np.all(made.reflectance + made.transmittance < 1.0)


def test_blanket_is_amber_and_glows_orange_while_the_rest_is_opaque():
    made = materials()
    blue, red = np.searchsorted(SKY_WAVELENGTHS_NM, [460.0, 620.0])
    amber = material_id("amber")
    assert made.reflectance[amber, red] > 5.0 * made.reflectance[amber, blue]
    assert made.transmittance[amber, blue] == 0.0
    assert made.transmittance[amber, red] > 0.0
    films = {amber, material_id("cells")}
    assert not np.any(made.transmittance[[i for i in range(len(NAMES)) if i not in films]])


def test_unknown_material_says_what_is_allowed():
    with pytest.raises(ValueError, match=r"wood.*allowed: white"):
        material_id("wood")


def test_cabin_spectrum_is_one_at_560_nm_and_peaks_where_wien_says():
    assert cabin_spectrum(np.array([560.0]))[0] == pytest.approx(1.0)
    wavelengths = np.arange(600.0, 1100.0)
    wien_nm = 2.897771955e6 / 3500.0  # CODATA 2018 displacement constant, nm K
    assert wavelengths[np.argmax(cabin_spectrum(wavelengths))] == pytest.approx(wien_nm, abs=1.0)
