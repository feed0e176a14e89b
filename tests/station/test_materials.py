import numpy as np
import pytest

from render.core.radiance import SKY_WAVELENGTHS_NM
from render.station.materials import NAMES, cabin_spectrum, lux_per_560_nm, material_id, materials


def test_no_material_gives_back_more_light_than_it_gets():
    made = materials()
    assert made.reflectance.shape == made.transmittance.shape == (len(NAMES), len(SKY_WAVELENGTHS_NM))
    assert np.all(made.reflectance >= 0.0)
    assert np.all(made.transmittance >= 0.0)
    assert np.all(made.reflectance + made.transmittance + made.lobe[:, None] < 1.0)


def test_blanket_is_amber_and_glows_orange_while_the_rest_is_opaque():
    made = materials()
    blue, red = np.searchsorted(SKY_WAVELENGTHS_NM, [460.0, 620.0])
    amber = material_id("amber")
    assert made.reflectance[amber, red] > 5.0 * made.reflectance[amber, blue]
    assert made.transmittance[amber, blue] == 0.0
    assert made.transmittance[amber, red] > 0.0
    films = {amber, material_id("cells")}
    assert not np.any(made.transmittance[[i for i in range(len(NAMES)) if i not in films]])


def test_seams_of_blankets_are_brighter_than_their_panels():
    made = materials()
    for film in ("cells", "amber"):
        trim = made.trim[material_id(film)]
        assert made.names[trim] == "kapton"
        visible = SKY_WAVELENGTHS_NM >= 500.0
        assert np.all(made.reflectance[trim, visible] > 1.2 * made.reflectance[material_id(film), visible])
    assert made.trim[material_id("white")] == material_id("white")


def test_unknown_material_says_what_is_allowed():
    with pytest.raises(ValueError, match=r"wood.*allowed: white"):
        material_id("wood")


def test_cabin_spectrum_is_one_at_560_nm_and_peaks_where_wien_says():
    assert cabin_spectrum(np.array([560.0]))[0] == pytest.approx(1.0)
    wavelengths = np.arange(600.0, 1100.0)
    wien_nm = 2.897771955e6 / 3500.0  # CODATA 2018 displacement constant, nm K
    assert wavelengths[np.argmax(cabin_spectrum(wavelengths))] == pytest.approx(wien_nm, abs=1.0)


def test_light_of_one_lux_is_one_lux():
    """By the CIE 1924 response at 10 nm (V of 500 to 640 nm: 0.323 ... 0.175), 683 lm W-1."""
    wavelengths = np.arange(400.0, 701.0, 20.0)
    response = [0.0004, 0.004, 0.023, 0.06, 0.139, 0.323, 0.71, 0.954, 0.995, 0.87, 0.631, 0.381, 0.175, 0.061, 0.017,
                0.0041]  # fmt: skip
    exact = 683.0 * 20.0 * np.sum(np.array(response) * cabin_spectrum(wavelengths))
    assert lux_per_560_nm() == pytest.approx(exact, rel=0.02)
