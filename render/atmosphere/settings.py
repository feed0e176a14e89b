"""The scene's `[atmosphere]` section: what the air between the ground and 120 km is made of."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from render.atmosphere.ozone import column_du
from render.atmosphere.profile import read_profile
from render.core.errors import InputError
from render.core.record import Record


class AerosolLayer(Record):
    """The optics of one kind of particle; where it lies is set by its section."""

    optical_depth: float = Field(..., ge=0.0, le=5.0, description="vertical, at 550 nm")
    angstrom: float = Field(1.3, ge=-1.0, le=4.0, description="extinction ~ wavelength^-angstrom")
    asymmetry: float = Field(0.70, ge=-0.9, le=0.9, description="g of the Henyey-Greenstein phase function")
    albedo: float = Field(0.97, ge=0.0, le=1.0, description="single-scattering albedo")


class BoundaryLayer(AerosolLayer):
    """The aerosol of the lowest kilometres: density falls by e every 2 km, none above 12 km."""

    # 0.05 with scale height 2 km: clean continental air; the value is its sum over the profile's steps
    optical_depth: float = Field(0.0508799, ge=0.0, le=5.0, description="vertical, at 550 nm")


class BackgroundLayer(AerosolLayer):
    """The quiet stratosphere's sulphate, mostly 12 to 30 km."""

    # SAGE III/ISS, northern mid-latitudes (see data/atmosphere_us76.csv)
    optical_depth: float = Field(0.00634357, ge=0.0, le=5.0, description="vertical, at 550 nm")


class VolcanicLayer(AerosolLayer):
    """Sulphuric acid of a great eruption: a Gaussian layer. Off (optical depth 0) unless given.

    Optics of droplets of 0.4 to 0.5 um, months after Pinatubo (Russell et al. 1996, J. Geophys. Res. 101, 18745:
    optical depth 0.1 to 0.2; Angstrom exponent and asymmetry from memory, uncertain).
    """

    optical_depth: float = Field(0.0, ge=0.0, le=5.0, description="vertical, at 550 nm")
    angstrom: float = Field(0.5, ge=-1.0, le=4.0, description="extinction ~ wavelength^-angstrom")
    asymmetry: float = Field(0.72, ge=-0.9, le=0.9, description="g of the Henyey-Greenstein phase function")
    albedo: float = Field(0.995, ge=0.0, le=1.0, description="single-scattering albedo")
    altitude_km: float = Field(21.0, ge=5.0, le=40.0, description="centre, km")
    thickness_km: float = Field(6.0, ge=1.0, le=20.0, description="full width at half maximum, km")


class NoctilucentLayer(Record):
    """The `[atmosphere.noctilucent]` section: ice clouds of the polar summer's mesopause; none unless given a depth.

    Particles of some 50 nm: vertical optical depths of 1e-5 to 1e-3 and spectra bluer than the Sun's (Hervig & Stevens
    2014, J. Geophys. Res. Atmos. 119, 8392; exponents and asymmetry from memory, uncertain).
    """

    optical_depth: float = Field(0.0, ge=0.0, le=0.01, description="vertical, at 550 nm, of the brightest bands")
    altitude_km: float = Field(83.0, ge=75.0, le=92.0, description="centre, km")
    thickness_km: float = Field(1.5, ge=0.2, le=6.0, description="km")
    from_latitude_deg: float = Field(54.0, ge=0.0, le=90.0, description="of the edge towards the equator, both sides")
    angstrom: float = Field(2.5, ge=0.0, le=4.0, description="extinction ~ wavelength^-angstrom")
    asymmetry: float = Field(0.25, ge=0.0, le=0.9, description="g of the Henyey-Greenstein phase function")
    seed: int = Field(1, ge=0, le=2**30 - 1, description="seed of bands and billows")


class AtmosphereSettings(Record):
    """The `[atmosphere]` section: what the air between the ground and 120 km is made of."""

    enabled: bool = Field(True, description="false: no air at all; nothing is scattered, reddened, dimmed or bent")
    profile: str | None = Field(
        None,
        description="CSV file of your own profile (altitude_km, temperature_K, pressure_Pa, air_m3, ozone_m3, "
        "aerosol_extinction_550nm_per_m and, if known, no2_m3), whose aerosol takes the place of the boundary and "
        "background layers; missing: the US Standard Atmosphere 1976",
    )
    ozone_du: float | None = Field(
        None, ge=0.0, le=700.0, description="ozone column, Dobson units; by default the profile's own (standard: 345)"
    )
    aerosol: Literal["none", "background"] = Field(
        "background", description="none, or the layers below (clean air: 0.057 at 550 nm in all)"
    )
    boundary: BoundaryLayer = Field(default_factory=BoundaryLayer, description="aerosol of the lowest kilometres")
    background: BackgroundLayer = Field(default_factory=BackgroundLayer, description="the quiet stratosphere")
    volcanic: VolcanicLayer = Field(default_factory=VolcanicLayer, description="a volcano's layer; off by default")
    noctilucent: NoctilucentLayer = Field(
        default_factory=NoctilucentLayer, description="ice clouds at the mesopause; off by default"
    )
    ground_albedo: float = Field(
        0.1, ge=0.0, le=1.0, description="of the ground that lights the air from below (what is seen has its own)"
    )
    refraction: bool = Field(True, description="bend rays of sight and sunlight in the air")

    @field_validator("profile")
    @classmethod
    def _profile_can_be_used(cls, path: str | None) -> str | None:
        if path is not None:
            try:
                read_profile(path)
            except InputError as error:
                raise ValueError(str(error)) from None
        return path

    @model_validator(mode="after")
    def _nothing_is_ignored(self) -> AtmosphereSettings:
        """Refuse what the profile's own aerosol and ozone would leave without effect."""
        if self.profile is None:
            return self
        if self.background != BackgroundLayer():
            raise ValueError("background: the profile brings its own aerosol; leave [atmosphere.background] out")
        if self.boundary.optical_depth != BoundaryLayer().optical_depth:
            raise ValueError("boundary: optical_depth is the profile's own aerosol's; give its optics only")
        own = read_profile(self.profile)
        if self.ozone_du and column_du(own.altitude_km, own.ozone_m3) == 0.0:
            raise ValueError(f"ozone_du: {self.ozone_du:g}, but the profile has no ozone that could be scaled to it")
        return self
