import math

import pytest

from render.emission.precipitation import Precipitation


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.0, 1.0), "characteristic energy"),
        ((math.nan, 1.0), "characteristic energy"),
        ((1.0, -1.0), "energy flux"),
        ((1.0, math.inf), "energy flux"),
        ((1.0, 1.0, "kappa"), "allowed: maxwellian, monoenergetic"),
    ],
)
def test_what_no_electron_has_is_an_error(arguments, message):
    with pytest.raises(ValueError, match=message):
        Precipitation(*arguments)
