"""The command `limb`: the twilight of the limb or the ground in numbers, as radiative-transfer codes tell it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from render.commands.console import DeviceOption, check_output, duration, say, start_device, warn_of_air
from render.commands.limb_request import LimbRequest, read_request
from render.commands.progress import progress_bar
from render.commands.terminal.loudness import is_quiet
from render.core.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    from render.atmosphere.extinction import Atmosphere
    from render.integrator.sky.scattered import ScatteringAir

PLOT_TANGENT_KM = 0.0, 119.0, 0.5  # lowest, highest, step
SIGNIFICANT = 6  # digits in JSON


def limb(
    sza: Annotated[str, typer.Option("--sza", metavar="DEG", help="The Sun's zenith angle at the tangent point.")],
    azimuth: Annotated[str, typer.Option("--azimuth", metavar="DEG", help="There too; 0: looking towards the Sun.")],
    tangent_km: Annotated[
        str, typer.Option("--tangent-km", metavar="LIST", help="Tangent altitudes; below 0: to the ground.")
    ] = "",
    nadir: Annotated[bool, typer.Option("--nadir", help="Straight down instead; angles at the ground.")] = False,
    observer_km: Annotated[str, typer.Option("--observer-km", metavar="KM", help="Altitude; 415.")] = "",
    wavelengths: Annotated[
        str, typer.Option("--wavelengths", metavar="LIST", help="nm, 380 to 780; by default 380:780:20.")
    ] = "",
    profile: Annotated[str, typer.Option("--profile", metavar="FILE.csv", help="Your own air.")] = "",
    scene: Annotated[str, typer.Option("--scene", metavar="SCENE", help="The [atmosphere] of a scene.")] = "",
    aerosol: Annotated[str, typer.Option("--aerosol", metavar="NAME", help="none or background.")] = "",
    ozone: Annotated[str, typer.Option("--ozone", metavar="none|DU", help="Column, Dobson units.")] = "",
    albedo: Annotated[str, typer.Option("--albedo", metavar="A", help="Of the ground, Lambertian; 0.1.")] = "",
    no_refraction: Annotated[
        bool, typer.Option("--no-refraction", help="Straight rays and a point-like Sun, to compare with other codes.")
    ] = False,
    device: DeviceOption = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    plot: Annotated[str, typer.Option("--plot", metavar="FILE", help="A diagram: .png, .pdf or .svg.")] = "",
) -> None:
    """Tell the radiance of the limb or the ground in twilight, per unit of the Sun's irradiance and absolute.

    LIST: numbers and start:stop:step, parted by commas. SZA and azimuth hold where the straight line of sight is
    lowest; the Sun is at 1 au. Air: the US Standard Atmosphere with clean aerosol unless said; a profile's own aerosol
    counts with --aerosol background. The Sun has its disc; --no-refraction makes it a point, as radiative-transfer
    codes take it. Polarisation is left out: several per cent near 90 degrees of scattering. The diagram tells from
    which altitude an aurora of 1, 10 or 100 kR is seen before the dawn. The first run with other air or wavelengths
    takes about 2 s for each of these on two CPU cores.

    Examples:

      polarlight limb --sza 98 --azimuth 0 --tangent-km 0:60:10,80 --wavelengths 440,560

      polarlight limb --sza 94 --azimuth 90 --tangent-km -5,10 --aerosol none --no-refraction --json

      polarlight limb --sza 102 --azimuth 30 --plot dawn.pdf
    """
    of_view = {
        "sza": sza, "azimuth": azimuth, "tangent_km": tangent_km, "observer_km": observer_km,
        "wavelengths": wavelengths,
    }  # fmt: skip
    of_air = {"profile": profile, "scene": scene, "aerosol": aerosol, "ozone": ozone, "albedo": albedo}
    request = read_request(of_view, nadir, of_air, no_refraction)
    _check_plot(plot, request)
    warn_of_air(request.settings)
    found = _compute(request, device, plot)
    if as_json:
        say(json.dumps(_as_json(request, found)))
        return
    for text in _lines(request, found, plot):
        say(text)


@dataclass(frozen=True, eq=False)
class _Found:
    """What was computed: `single`, `total` [tangent, band] sr-1; `irradiance` [band] of the Sun, W m-2 nm-1."""

    air: ScatteringAir
    single: np.ndarray
    total: np.ndarray
    irradiance: np.ndarray
    device: str
    seconds: float


def _check_plot(plot: str, request: LimbRequest) -> None:
    """Make sure, before anything long, that the diagram can be drawn. Raises InputError, OutputError."""
    if not plot:
        return
    from render.figures.figure import require_plot  # noqa: PLC0415
    from render.formats.diagram import DIAGRAM_SUFFIXES  # noqa: PLC0415

    if request.nadir:
        raise InputError("--plot draws radiance against tangent altitude; leave --nadir out")
    if request.observer_km <= PLOT_TANGENT_KM[1]:
        raise InputError(f"--plot needs --observer-km above {PLOT_TANGENT_KM[1]:g}; given: {request.observer_km:g}")
    check_output(Path(plot), DIAGRAM_SUFFIXES)
    require_plot("--plot")


def _compute(request: LimbRequest, device: str, plot: str) -> _Found:
    """Compute the radiances, and draw the diagram if one is requested. Raises DeviceError, OutputError."""
    import numpy as np  # noqa: PLC0415

    start_device(device)
    from render import device as devices  # noqa: PLC0415
    from render.atmosphere.extinction import build_atmosphere  # noqa: PLC0415
    from render.atmosphere.sunlight import MEAN_DISC_RAD, POINT_RAD  # noqa: PLC0415
    from render.core.radiance import SKY_WAVELENGTHS_NM  # noqa: PLC0415
    from render.integrator.sky.limb import limb_radiance  # noqa: PLC0415
    from render.integrator.sky.scattered import scattering_air  # noqa: PLC0415
    from render.sky.sunlight import solar_irradiance  # noqa: PLC0415

    begun, started = perf_counter(), devices.start(device)

    def air_of(nm: np.ndarray) -> ScatteringAir:
        atmosphere = build_atmosphere(request.settings, tuple(nm.tolist()))
        return scattering_air(atmosphere, POINT_RAD if request.point_sun else MEAN_DISC_RAD)

    with progress_bar("limb") as tell:
        tell(0.0, f"tables that are kept, {len(request.wavelengths_nm)} wavelengths")
        air = air_of(request.wavelengths_nm)
        tell(0.5, "lines of sight")
        single, total = limb_radiance(
            air, request.sza_deg, request.azimuth_deg, request.tangent_km, request.observer_km
        )
        if plot:
            tell(0.6, f"tables of the diagram that are kept, {len(SKY_WAVELENGTHS_NM)} wavelengths")
            _plot(plot, request, air_of(SKY_WAVELENGTHS_NM))
    irradiance = np.interp(request.wavelengths_nm, SKY_WAVELENGTHS_NM, solar_irradiance())
    return _Found(air, single, total, irradiance, started.label, perf_counter() - begun)


def _plot(path: str, request: LimbRequest, air: ScatteringAir) -> None:
    """Draw the diagram, in the sky's bands. Raises OutputError."""
    import numpy as np  # noqa: PLC0415

    from render.figures.limb import plot_limb  # noqa: PLC0415
    from render.integrator.sky.limb import green_kilorayleighs, limb_radiance  # noqa: PLC0415
    from render.sky.sunlight import solar_irradiance  # noqa: PLC0415

    first, last, step = PLOT_TANGENT_KM
    tangent_km = np.arange(first, last + 0.5 * step, step)
    pair = limb_radiance(air, request.sza_deg, request.azimuth_deg, tangent_km, request.observer_km)
    single, total = (green_kilorayleighs(each * solar_irradiance(), air.atmosphere.wavelengths_nm) for each in pair)
    below = (
        f"{_air(request, air)}. Rays {_rays(request, air)}. Observer at {request.observer_km:g} km. "
        "A camera's green band: Gaussian about 532 nm, 95 nm wide. Without airglow, Moon, stars and polarisation."
    )
    above = f"Sun's zenith angle {request.sza_deg:g}°, azimuth {request.azimuth_deg:g}° "
    above += "(0: towards it), at the tangent point"
    plot_limb(path, tangent_km, single, total, above, below)


def _as_json(request: LimbRequest, found: _Found) -> dict[str, Any]:
    """Return the answer; radiances are indexed [tangent][wavelength]."""
    return {
        "input": _facts(request, found),
        "wavelength_nm": request.wavelengths_nm.tolist(),
        "tangent_km": [None if request.nadir else value for value in request.tangent_km.tolist()],
        "single_sr1": _table(found.single),
        "total_sr1": _table(found.total),
        "single_W_m2_sr_nm": _table(found.single * found.irradiance),
        "total_W_m2_sr_nm": _table(found.total * found.irradiance),
        "solar_irradiance_W_m2_nm": [_rounded(value) for value in found.irradiance],
    }


def _facts(request: LimbRequest, found: _Found) -> dict[str, Any]:
    """Return what was taken for everything that could be requested."""
    import numpy as np  # noqa: PLC0415

    atmosphere = found.air.atmosphere
    return {
        "sza_deg": request.sza_deg,
        "azimuth_deg": request.azimuth_deg,
        "observer_km": request.observer_km,
        "nadir": request.nadir,
        "air": request.air,
        "ozone_DU": _rounded(_ozone_du(atmosphere)),
        "aerosol": request.settings.aerosol,
        "aerosol_depth_550nm": _rounded(_aerosol_depth(atmosphere)),
        "ground_albedo": atmosphere.ground_albedo,
        "refraction": atmosphere.refracts,
        "sun_radius_deg": 0.0 if request.point_sun else _rounded(np.degrees(found.air.light.radius_rad)),
        "polarisation": False,
        "device": found.device,
    }


def _table(radiance: np.ndarray) -> list[list[float]]:
    return [[_rounded(value) for value in row] for row in radiance]


def _rounded(value: float) -> float:
    return float(f"{value:.{SIGNIFICANT}g}")


def _lines(request: LimbRequest, found: _Found, plot: str) -> list[str]:
    """Return the answer for people."""
    heads = ("single sr-1", "total sr-1", "single W", "total W")
    rows = [
        f"{'nadir' if request.nadir else f'{km:g}':>10}{nm:>8g}"
        + "".join(f"{value:>13.4e}" for value in (once, every, once * sun, every * sun))
        for km, singles, totals in zip(request.tangent_km, found.single, found.total, strict=True)
        for nm, once, every, sun in zip(request.wavelengths_nm, singles, totals, found.irradiance, strict=True)
    ]
    return [
        f"view        {request.view}",
        f"air         {_air(request, found.air)}",
        f"rays        {_rays(request, found.air)}",
        "left out    polarisation: several per cent near 90 degrees of scattering",
        f"computed    {duration(found.seconds)}, {found.device}",
        "",
        "sr-1: per unit of the Sun's irradiance; W: W m-2 sr-1 nm-1, the Sun at 1 au; single: scattered once",
        f"{'tangent km':>10}{'nm':>8}" + "".join(f"{head:>13}" for head in heads),
        *rows,
        *([f"wrote       {plot}"] if plot and not is_quiet() else []),
    ]


def _air(request: LimbRequest, air: ScatteringAir) -> str:
    """Return whose air it is and what is in it, in words."""
    atmosphere = air.atmosphere
    aerosol = f"aerosol {_aerosol_depth(atmosphere):.3g} at 550 nm"
    return f"{request.air}; ozone {_ozone_du(atmosphere):.0f} DU; {aerosol}; ground albedo {atmosphere.ground_albedo:g}"


def _rays(request: LimbRequest, air: ScatteringAir) -> str:
    """Return how rays go and how wide the Sun is, in words."""
    import numpy as np  # noqa: PLC0415

    degrees = np.degrees(air.light.radius_rad)
    sun = "a point, as other codes take it" if request.point_sun else f"a disc of {degrees:.3f} degrees in radius"
    return f"{'bent' if air.atmosphere.refracts else 'straight'}, the Sun {sun}"


def _ozone_du(atmosphere: Atmosphere) -> float:
    from render.atmosphere.extinction import GAS_UNIT_M3  # noqa: PLC0415
    from render.atmosphere.ozone import column_du  # noqa: PLC0415

    return column_du(atmosphere.altitude_km, atmosphere.density[:, 1] * GAS_UNIT_M3)


def _aerosol_depth(atmosphere: Atmosphere) -> float:
    import numpy as np  # noqa: PLC0415

    from render.atmosphere.extinction import AEROSOLS  # noqa: PLC0415

    extinction = atmosphere.density[:, AEROSOLS].sum(axis=1)  # km-1 at 550 nm
    return float(((extinction[1:] + extinction[:-1]) / 2.0 * np.diff(atmosphere.altitude_km)).sum())
