"""What the frames of a film share and takes a while is made before the first: the field lines of the way."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed

from render.frame.aurora import Region, make_region

WORKERS = 4  # at most: each holds 0.3 GB


def make_regions(regions: list[Region], tell: Callable[[int], None]) -> None:
    """Trace the field lines of regions into the cache, several at once; `tell` hears how many are made.

    A single one is left to the frame that needs it: a process of its own would only start later.
    """
    if len(regions) < 2:
        return
    tell(0)
    workers = min(len(regions), os.cpu_count() or 1, WORKERS)
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        try:
            made = [pool.submit(make_region, region) for region in regions]
            for count, _ in enumerate(as_completed(made), 1):
                tell(count)
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise
