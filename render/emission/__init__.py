"""From electrons to light: ionisation, excitation, chemistry, the emission table, and the night air's own glow."""

from render.emission.airglow import AirglowLayer, AirglowSettings, Layer, airglow_layers
from render.emission.precipitation import Precipitation
from render.emission.settings import EmissionSettings
from render.emission.table import (
    EmissionTable,
    VolumeEmissionRate,
    column_rayleighs,
    emission_table,
    volume_emission_rate,
)

__all__ = [
    "AirglowLayer",
    "AirglowSettings",
    "EmissionSettings",
    "EmissionTable",
    "Layer",
    "Precipitation",
    "VolumeEmissionRate",
    "airglow_layers",
    "column_rayleighs",
    "emission_table",
    "volume_emission_rate",
]
