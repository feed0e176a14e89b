"""Small scenes in which keys matter."""

from __future__ import annotations

from typing import Any

from tests.key_sweep import files

SIZE = {"columns": 24, "rows": 16}
LINES = list(files.ISS_LINES)
# keV above the typical mean energy, so that nothing is extrapolated
ENERGY, FLUX = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0], [1.0, 2.0, 3.0, 2.0, 1.0, 0.1]

ORBIT = {"latitude_deg": 49.0, "longitude_deg": -97.0, "altitude_km": 415.0}
GROUND = {"latitude_deg": 58.0, "longitude_deg": -97.0, "altitude_km": 0.3}
DARK = {"aurora": {"enabled": False}, "airglow": {"enabled": False}}
BLACK_EARTH = {"visible": False, "cities": False}
# towards the oval, through a lens that sees little of it
OVAL = {**SIZE, "focal_length_mm": 85.0, "azimuth_deg": 20.0, "elevation_deg": -18.0, "quality": "preview"}
FISHEYE = {**SIZE, "projection": "equidistant", "field_deg": 150.0, "elevation_deg": 90.0, "quality": "preview"}
DAWN = {"time": {"utc": "2015-01-28T09:44:30Z"}, "observer": {"tle": LINES}}
TOWARDS_DAWN = {**SIZE, "focal_length_mm": 85.0, "azimuth_deg": 91.0, "elevation_deg": -19.2, "exposure_s": 0.01}
NIGHT = {"time": {"utc": "2015-01-28T05:00:00Z"}, "drive": {"kp": 4.0, "f107": 150.0}}

SCENES: dict[str, dict[str, Any]] = {
    "aurora": {**NIGHT, "observer": ORBIT, "camera": OVAL, "earth": BLACK_EARTH},
    "oval from below": {
        **NIGHT, "observer": GROUND, "camera": {**FISHEYE, "field_deg": 110.0}, "earth": BLACK_EARTH,
        "emission": {"afterglow": False},  # a third of the work, of which no form of the aurora takes part
    },
    "subauroral": {
        **NIGHT,
        "observer": {**ORBIT, "latitude_deg": 51.0},
        "camera": {**SIZE, "focal_length_mm": 17.0, "azimuth_deg": 230.0, "elevation_deg": -15.0, "quality": "preview"},
        "aurora": {"groups": [], "diffuse_fraction": 0.0},
        "earth": BLACK_EARTH,
    },
    "sunlit": {
        **NIGHT,
        "time": {"utc": "2015-03-17T10:14:00Z"},
        "observer": {"latitude_deg": 47.5, "longitude_deg": -88.0, "altitude_km": 415.0},
        "camera": {**OVAL, "focal_length_mm": 50.0, "azimuth_deg": 10.0, "elevation_deg": -10.0},
        "drive": {"kp": 6.0},
        "aurora": {"local_time_shift_h": -6.0, "activity": 1.3},
        "earth": BLACK_EARTH,
    },
    "airglow": {
        **NIGHT, "observer": ORBIT, "camera": {**OVAL, "elevation_deg": -16.0}, "aurora": {"enabled": False},
        "earth": BLACK_EARTH,
    },
    "dawn": {**DAWN, **DARK, "camera": TOWARDS_DAWN, "earth": BLACK_EARTH},
    "noctilucent": {
        **DARK,
        "time": {"utc": "2015-07-01T23:00:00Z"},
        "observer": {"latitude_deg": 58.0, "longitude_deg": 15.0, "altitude_km": 0.1},
        "camera": {**SIZE, "focal_length_mm": 24.0, "azimuth_deg": 0.0, "elevation_deg": 15.0},
        "atmosphere": {"noctilucent": {"optical_depth": 1e-3}},
        "earth": BLACK_EARTH,
    },
    "stars": {
        **NIGHT, **DARK, "observer": GROUND, "earth": BLACK_EARTH,
        "camera": {**FISHEYE, "exposure_s": 10.0, "field_deg": 180.0},
    },
    "land": {
        **NIGHT, **DARK, "observer": {**ORBIT, "latitude_deg": 45.0, "longitude_deg": -93.0},
        "camera": {**SIZE, "focal_length_mm": 85.0, "azimuth_deg": 150.0, "elevation_deg": -40.0, "quality": "preview"},
        "earth": {"clouds": "none"},
    },
    "station": {**DAWN, **DARK, "camera": {**TOWARDS_DAWN, "focal_length_mm": 17.0, "columns": 48, "rows": 32},
                "station": {"visible": True}, "earth": BLACK_EARTH},
    "film": {**DAWN, **DARK, "camera": TOWARDS_DAWN, "earth": BLACK_EARTH, "film": {"frames": 2}},
}  # fmt: skip

SCENES |= {
    "mean elements": {**SCENES["dawn"], "observer": {"mean_elements": {
        "epoch_utc": "2015-01-28T11:08:31Z", "inclination_deg": 51.6, "raan_deg": 62.0, "eccentricity": 0.0006,
        "argument_of_perigee_deg": 300.0, "mean_anomaly_deg": 120.0, "mean_motion_rev_per_day": 15.54,
        "bstar": 2e-4,
    }}},
    "sun": {**SCENES["dawn"], "time": {"utc": "2015-01-28T09:49:25Z"},
            "camera": {**TOWARDS_DAWN, "azimuth_deg": 98.5, "elevation_deg": -19.0, "exposure_s": 1e-5}},
    "few stars": {**SCENES["stars"], "observer": {"tle": LINES},
                  "camera": {**SIZE, "focal_length_mm": 85.0, "elevation_deg": 10.0, "exposure_s": 20.0}},
    "shapes": {**SCENES["stars"], "camera": {"quality": "preview", "focal_length_mm": 10.0, "columns": 24, "rows": 24}},
    "tabulated": {**SCENES["aurora"], "emission": {
        part: {"spectrum": "tabulated", "energy_kev": ENERGY, "flux": FLUX} for part in ("arcs", "diffuse")
    }},
}  # fmt: skip
