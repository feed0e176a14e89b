"""What drives the aurora and the upper air: geomagnetic and solar indices."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from render.record import Record

# ap (2 nT) at Kp = 0, 1/3, 2/3, ... 9 (Bartels' standard table; Matzka et al. 2021, Space Weather 19, e2020SW002641,
# table 1)
AP_OF_KP = (
    0, 2, 3, 4, 5, 6, 7, 9, 12, 15, 18, 22, 27, 32, 39, 48, 56, 67, 80, 94, 111, 132, 154, 179, 207, 236, 300, 400
)  # fmt: skip


class DriveSettings(Record):
    """The `[drive]` section: planetary geomagnetic activity and solar radio flux."""

    kp: float = Field(3.0, ge=0.0, le=9.0, description="planetary index Kp, 0 to 9")
    f107: float = Field(
        120.0, ge=60.0, le=400.0, description="solar radio flux F10.7 of the day before, 1e-22 W m-2 Hz-1"
    )
    f107a: float | None = Field(None, ge=60.0, le=400.0, description="81-day mean of F10.7; missing: the same as f107")
    ap: float | None = Field(
        None, ge=0.0, le=400.0, description="daily index Ap; missing: from kp by the standard table"
    )

    @property
    def f107_mean(self) -> float:
        """Return the 81-day mean of F10.7, or the day's value where none was given."""
        return self.f107 if self.f107a is None else self.f107a

    @property
    def ap_index(self) -> float:
        """Return Ap as given, or from Kp."""
        return float(ap_from_kp(self.kp)) if self.ap is None else self.ap


def ap_from_kp(kp: float | np.ndarray) -> np.ndarray:
    """Return ap for Kp, 0..9, by the standard table, linear between its thirds; same shape as `kp`."""
    return np.interp(np.asarray(kp, float) * 3.0, np.arange(len(AP_OF_KP)), AP_OF_KP)
