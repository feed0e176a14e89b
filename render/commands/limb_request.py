"""The request to the command `limb`: from where it looks and whither, through which air, at which wavelengths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from render.commands.console import parse_numbers, warn_of_file
from render.core.errors import InputError
from render.core.messages import did_you_mean, shown

if TYPE_CHECKING:
    import numpy as np

    from render.atmosphere.settings import AtmosphereSettings

ZENITH_DEG, AZIMUTH_DEG = (0.0, 180.0), (-360.0, 360.0)
TANGENT_KM, OBSERVER_KM = (-6371.0, 120.0), (0.0, 1.0e6)  # km; Earth's centre to the top of the air; any orbit
WAVELENGTH_NM = (380.0, 780.0)  # nm, of the tables of cross sections and of the Sun
ALBEDO, OZONE_DU = (0.0, 1.0), (0.0, 700.0)
AEROSOLS = ("none", "background")
DEFAULT_TANGENT_KM, DEFAULT_OBSERVER_KM, DEFAULT_WAVELENGTHS_NM = "0:50:5,60:100:10", "415", "380:780:20"
MOST_TANGENTS, MOST_WAVELENGTHS = 10_000, 200


@dataclass(frozen=True, eq=False)
class LimbRequest:
    """What is looked at, from where, through which air; a tangent altitude of -inf is straight down.

    `air`: its description for people, as far as the options tell it.
    """

    sza_deg: float
    azimuth_deg: float
    tangent_km: np.ndarray
    observer_km: float
    wavelengths_nm: np.ndarray
    settings: AtmosphereSettings
    point_sun: bool
    air: str

    @property
    def nadir(self) -> bool:
        """Say whether the view is straight down."""
        import numpy as np  # noqa: PLC0415

        return bool(np.isneginf(self.tangent_km).all())

    @property
    def view(self) -> str:
        """Return where the Sun stands and where the observer, in words."""
        place = "ground below" if self.nadir else "tangent point"
        return (
            f"Sun's zenith angle {self.sza_deg:g} degrees, azimuth {self.azimuth_deg:g} (0: looking towards it), "
            f"at the {place}; observer at {self.observer_km:g} km"
        )


def read_request(of_view: dict[str, str], nadir: bool, of_air: dict[str, str], no_refraction: bool) -> LimbRequest:
    """Return what the options ask for, empty where nothing was given. Raises InputError, SceneError.

    `of_view`: sza, azimuth, tangent_km, observer_km, wavelengths; `of_air`: profile, scene, aerosol, ozone, albedo.
    """
    import numpy as np  # noqa: PLC0415

    if nadir and of_view["tangent_km"]:
        raise InputError("--nadir and --tangent-km both say where to look; give one")
    zenith = parse_numbers("--sza", of_view["sza"], "DEG", (ZENITH_DEG,), 1)[0]
    azimuth = parse_numbers("--azimuth", of_view["azimuth"], "DEG", (AZIMUTH_DEG,), 1)[0]
    observer = parse_numbers("--observer-km", of_view["observer_km"] or DEFAULT_OBSERVER_KM, "KM", (OBSERVER_KM,), 1)[0]
    tangent = np.array([-np.inf])
    if not nadir:
        given = of_view["tangent_km"] or DEFAULT_TANGENT_KM
        tangent = read_numbers("--tangent-km", given, "km", TANGENT_KM, MOST_TANGENTS)
    if tangent.max() >= observer:
        raise InputError(
            f"--tangent-km: {tangent.max():g} km is not below the observer at {observer:g} km; "
            "allowed: tangent altitudes below --observer-km"
        )
    given = of_view["wavelengths"] or DEFAULT_WAVELENGTHS_NM
    bands = read_numbers("--wavelengths", given, "nm", WAVELENGTH_NM, MOST_WAVELENGTHS)
    settings = _settings(of_air, no_refraction)
    air = f"scene {of_air['scene']}" if of_air["scene"] else "US Standard Atmosphere 1976"
    air = f"profile {settings.profile}" if settings.profile else air
    return LimbRequest(zenith, azimuth, tangent, observer, bands, settings, no_refraction, air)


def read_numbers(option: str, text: str, unit: str, limits: tuple[float, float], most: int) -> np.ndarray:
    """Read numbers and ranges start:stop:step (both ends count), parted by commas. Raises InputError."""
    import numpy as np  # noqa: PLC0415

    low, high = limits
    allowed = f"allowed: numbers and start:stop:step, parted by commas, {low:g} to {high:g} {unit}, {most} at most"
    found: list[float] = []
    for part in text.split(","):
        where = f"{option} {shown(text)}" + (f": {shown(part)}" if part != text else "")
        try:
            values = [float(each) for each in part.split(":")]
        except ValueError:
            raise InputError(f"{where} is no number and no range; {allowed}") from None
        if len(values) not in (1, 3):
            raise InputError(f"{where} is no start:stop:step; {allowed}")
        if not all(low <= value <= high for value in values[:2]):
            raise InputError(f"{where} is out of range; {allowed}")
        if len(values) == 3:
            start, stop, step = values
            if not (0.0 < step < float("inf") and start <= stop):
                raise InputError(f"{where} does not rise; {allowed}")
            count = min((stop - start) / step + 1e-9, float(most))  # the last one in spite of rounding
            values = [round(start + step * i, 9) for i in range(int(count) + 1)]
        found += values
        if len(found) > most:
            raise InputError(f"{option} {shown(text)}: too many; {allowed}")
    return np.array(found)


def _settings(given: dict[str, str], no_refraction: bool) -> AtmosphereSettings:
    """Return the standard air, or a scene's, with what was given instead. Raises InputError, SceneError."""
    from pydantic import ValidationError  # noqa: PLC0415

    from render.atmosphere.profile import read_profile  # noqa: PLC0415
    from render.atmosphere.settings import AtmosphereSettings  # noqa: PLC0415

    changes: dict[str, Any] = {"refraction": False} if no_refraction else {}
    if given["aerosol"]:
        if given["aerosol"] not in AEROSOLS:
            hint = did_you_mean(given["aerosol"], AEROSOLS)
            raise InputError(f"--aerosol {shown(given['aerosol'])} is unknown; {hint}allowed: {', '.join(AEROSOLS)}")
        changes["aerosol"] = given["aerosol"]
    if given["ozone"]:
        changes["ozone_du"] = _ozone_du(given["ozone"])
    if given["albedo"]:
        changes["ground_albedo"] = parse_numbers("--albedo", given["albedo"], "A", (ALBEDO,), 1)[0]
    if given["profile"]:
        read_profile(given["profile"])
        changes["profile"] = given["profile"]
    own: dict[str, Any] = {}
    if given["scene"]:
        from render.scene import load_scene  # noqa: PLC0415

        loaded = load_scene(given["scene"])
        warn_of_file(loaded)
        own = loaded.atmosphere.model_dump(exclude_unset=True)
    try:
        return AtmosphereSettings.model_validate({**own, **changes})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InputError(f"the requested air: {first.get('ctx', {}).get('error', first['msg'])}") from None


def _ozone_du(text: str) -> float:
    """Return Dobson units. Raises InputError."""
    low, high = OZONE_DU
    try:
        column = 0.0 if text.lower() == "none" else float(text)
    except ValueError:
        column = float("nan")
    if not low <= column <= high:
        raise InputError(f"--ozone {shown(text)}: allowed: none, or a column of {low:g} to {high:g} Dobson units")
    return column
