"""What a call of a kernel costs: the march's arguments in records and packs, against the same ones loose.

The experiment behind the records of `shaders`: two kernels that read one number of their first arguments and one of
their last, so that little but the passing of arguments is measured. Microseconds a call, the device synchronised.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import call_kernels
from render import device as devices

CALLS, WARM = 300, 10


def measure() -> dict[str, Any]:
    """Return median microseconds a call: loose, in records, and what making records costs."""
    numbers = call_kernels.numbers()
    arrays = {name: devices.upload(np.ones((2, 2))) for name in call_kernels.ARRAYS}
    out = devices.empty((1,))
    loose = [*call_kernels.loose_numbers(numbers), *arrays.values(), out]
    records, packs = call_kernels.records(numbers), call_kernels.packs(arrays)
    cases: dict[str, Callable[[], Any]] = {
        "loose": lambda: call_kernels.loose(*loose),
        "records": lambda: call_kernels.grouped(*records, *packs, out),
        "records_made_anew": lambda: call_kernels.grouped(*call_kernels.records(numbers), *packs, out),
        "making_records": lambda: call_kernels.records(numbers),
        "making_packs": lambda: call_kernels.packs(arrays),
    }
    return {
        "arguments": {"loose": len(loose), "records": len(records) + len(packs) + 1},
        "microseconds": {name: round(us, 1) for name, us in _medians_us(cases).items()},
    }


def _medians_us(cases: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Return the median of each case's times, microseconds: one after the other in turn, so that they share a load."""
    found: dict[str, list[float]] = {name: [] for name in cases}
    for k in range(WARM + CALLS):
        for name, call in cases.items():
            start = time.perf_counter()
            call()
            devices.synchronise()
            if k >= WARM:  # the first ones compile
                found[name].append(1e6 * (time.perf_counter() - start))
    return {name: statistics.median(times) for name, times in found.items()}
