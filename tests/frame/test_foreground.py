"""What lights the station: the median of the picture, found without putting all its pixels in order."""

import numpy as np
import pytest

from render.frame import foreground

RNG = np.random.default_rng(3)
PIXELS = 200_001


@pytest.mark.parametrize("count", [1, 2, 5, 1000, 8192, PIXELS - 1, PIXELS])
@pytest.mark.parametrize(
    "values",
    [
        RNG.lognormal(0.0, 3.0, PIXELS),
        np.where(RNG.uniform(size=PIXELS) < 0.48, 0.0, RNG.uniform(size=PIXELS)),  # half of it dark sky
        np.zeros(PIXELS),
        np.linspace(0.0, 1.0, PIXELS) ** 3,
        np.where(np.arange(PIXELS) % 24 == 0, -1.0, 1.0 + np.arange(PIXELS)),  # the few are not like all
    ],
)
def test_the_median_is_numpys_to_the_bit(values, count):
    values = values.astype(np.float32)[:count]
    assert foreground.median(values) == np.median(values)


def test_most_values_are_not_put_in_order(monkeypatch):
    values, ordered = RNG.lognormal(0.0, 3.0, PIXELS).astype(np.float32), []
    partition = np.partition
    monkeypatch.setattr(np, "partition", lambda some, at: ordered.append(len(some)) or partition(some, at))
    foreground.median(values)
    assert ordered and ordered[0] < 0.15 * PIXELS
