"""Numbers with a decimal comma are told as such: what was given, and what to write."""

from __future__ import annotations

import pytest

from tests.geophysics.drive.measured import complaint

WIND = "time,speed_km_s,by_nt,bz_nt,density_cm3\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("time;kp\n2015-03-17T00:00Z;2,333\n", 'commas; and "2,333" has a decimal comma; allowed: a point, 2.333'),
        ("time,kp\n2015-03-17T00:00Z,2,333\n", 'names 2 columns; is "2,333" one number? allowed: a point, 2.333'),
        ('time,kp\n2015-03-17T00:00Z,"2,333"\n', '"2,333" has a decimal comma; allowed: a point, 2.333'),
        (WIND + '2015-03-17,"400,5","-1,5","2,5","5,5"\n', '"400,5" has a decimal comma; allowed: a point, 400.5'),
    ],
)  # fmt: skip
def test_a_decimal_comma_is_told(write, text, words):
    assert words in complaint(write(text))


def test_a_value_too_many_is_no_decimal_comma(write):
    assert complaint(write("time,kp\n2015-03-17,4.5,x\n")).endswith("3 values, the header names 2 columns")
