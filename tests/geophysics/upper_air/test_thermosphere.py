import socket

import numpy as np
import pymsis
import pytest
from pydantic import ValidationError

from render.core.epoch import Epoch
from render.geophysics.drive.settings import DriveSettings
from render.geophysics.upper_air import thermosphere
from render.geophysics.upper_air.thermosphere import ThermosphereSettings, thermosphere_at

EPOCH = Epoch.parse("2015-01-28T09:45:00Z")
SPECIES = ("N2_cm3", "O2_cm3", "O_cm3", "NO_cm3", "N4S_cm3")
MODELS = tuple(thermosphere.MSIS_VERSIONS)


def _column(model="nrlmsis2.1", drive=None, **settings):
    return thermosphere_at(ThermosphereSettings(model=model, **settings), 58.0, -80.0, EPOCH, drive or DriveSettings())


def _at(column, name, altitude_km):
    return getattr(column, name)[np.flatnonzero(column.altitude_km == altitude_km)[0]]


@pytest.mark.parametrize("model", MODELS)
def test_densities_are_finite_positive_and_on_the_grid(model):
    column = _column(model)
    assert column.altitude_km[0] == 65.0 and column.altitude_km[-1] == 800.0
    assert (
        np.all(np.diff(column.altitude_km) > 0)
        and np.diff(column.altitude_km)[column.altitude_km[:-1] < 150].max() == 1.0
    )
    for name in (*SPECIES, "Tn_K"):
        values = getattr(column, name)
        assert values.shape == column.altitude_km.shape
        assert np.all(np.isfinite(values)) and np.all(values > 0.0), name
    assert column.ne_cm3 is not None


@pytest.mark.parametrize("model", MODELS)
def test_values_are_of_the_right_size(model):
    """US Standard Atmosphere 1976 at 80, 100 and 300 km, which is a mean: within a factor of 2 to 3."""
    column = _column(model)
    assert _at(column, "N2_cm3", 80) == pytest.approx(3.0e14, rel=0.6)
    assert _at(column, "N2_cm3", 100) == pytest.approx(9.2e12, rel=0.5)
    assert _at(column, "O_cm3", 100) == pytest.approx(4.3e11, rel=0.6)
    assert _at(column, "O_cm3", 300) == pytest.approx(5.4e8, rel=0.6)
    assert _at(column, "Tn_K", 300) == pytest.approx(976.0, rel=0.25)


@pytest.mark.parametrize("name", ["N2_cm3", "O_cm3", "O2_cm3"])
def test_high_up_each_species_has_its_own_scale_height(name):
    """Diffusive equilibrium, isothermal above 400 km: H = k T / m g, closed form."""
    mass_u = {"N2_cm3": 28.013, "O_cm3": 15.999, "O2_cm3": 31.998}[name]
    column = _column()
    top, bottom, middle = _at(column, name, 500), _at(column, name, 400), _at(column, "Tn_K", 450)
    gravity = 9.81 * (6371.0 / 6821.0) ** 2
    height_km = 1.380649e-23 * middle / (mass_u * 1.66053907e-27 * gravity) * 1e-3
    assert np.log(bottom / top) == pytest.approx(100.0 / height_km, rel=0.03)


def test_nothing_is_looked_up_or_downloaded(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("pymsis looked for measured indices")

    monkeypatch.setattr(pymsis.utils, "get_f107_ap", refuse)
    monkeypatch.setattr(pymsis.msis, "get_f107_ap", refuse, raising=False)
    monkeypatch.setattr(socket, "socket", refuse)
    for model in MODELS:
        assert _column(model).Tn_K.size
    with pytest.raises(AssertionError, match="measured indices"):  # and the trap does catch
        pymsis.calculate(np.datetime64("2015-01-28"), 0.0, 50.0, 100.0)


def test_drive_reaches_the_model():
    quiet, active = _column(drive=DriveSettings(f107=70.0)), _column(drive=DriveSettings(f107=220.0))
    assert _at(active, "Tn_K", 400) > _at(quiet, "Tn_K", 400) + 200.0
    stormy = _column(drive=DriveSettings(kp=8.0))
    assert _at(stormy, "Tn_K", 400) > _at(_column(), "Tn_K", 400) + 50.0
    assert _at(_column(drive=DriveSettings(ap=207.0)), "Tn_K", 400) == pytest.approx(_at(stormy, "Tn_K", 400))


def test_floors_are_continued_downwards_without_growing():
    column = _column()
    for name in ("NO_cm3", "N4S_cm3", "O_cm3"):
        low = getattr(column, name)[column.altitude_km <= 85.0]
        assert np.all(np.diff(low) >= 0.0), name
        assert np.abs(np.diff(np.log(low), n=2)).max() < 0.7, name  # no jump at the floor
    raw = thermosphere._msis("2.1", 58.0, -80.0, EPOCH, DriveSettings())
    assert np.isnan(raw[0, pymsis.Variable.NO]) and np.isnan(raw[0, pymsis.Variable.N])


def test_known_altitudes_are_pymsis_itself():
    raw = thermosphere._msis("2.1", 58.0, -80.0, EPOCH, DriveSettings())
    known = np.isfinite(raw[:, pymsis.Variable.NO])
    np.testing.assert_allclose(_column().NO_cm3[known], raw[known, pymsis.Variable.NO] * 1e-6, rtol=1e-6)


def test_nitric_oxide_is_scaled_and_borrowed():
    base, scaled, older = _column(), _column(no_scale=3.0), _column("nrlmsise00")
    np.testing.assert_allclose(scaled.NO_cm3, 3.0 * base.NO_cm3, rtol=1e-9)
    np.testing.assert_allclose(older.NO_cm3, base.NO_cm3)
    assert _at(older, "O_cm3", 100) != pytest.approx(_at(base, "O_cm3", 100), rel=0.01)
    assert _column(no_scale=0.0).NO_cm3.max() <= thermosphere.LEAST_DENSITY_CM3


def test_settings_move_the_column():
    moved = thermosphere_at(
        ThermosphereSettings(latitude_deg=-65.0, longitude_deg=110.0), 58.0, -80.0, EPOCH, DriveSettings()
    )
    direct = thermosphere_at(ThermosphereSettings(), -65.0, 110.0, EPOCH, DriveSettings())
    np.testing.assert_array_equal(moved.O_cm3, direct.O_cm3)
    assert not np.allclose(moved.O_cm3, _column().O_cm3, rtol=0.01)


def test_unknown_model_is_an_error():
    with pytest.raises(ValidationError, match="model"):
        ThermosphereSettings(model="jacchia")
