"""Do columns hold what their names say? What the host writes is compared with what each name means."""

import itertools

import numpy as np


def named(kind):
    """Return the columns that a class of shaders names."""
    return {name.lower(): column for name, column in vars(kind).items() if name.isupper()}


def misplaced(title, found, columns, expected):
    """Return a line for each column that does not hold what its name says: which, and what it holds instead."""

    def holds(column, quantity):
        return quantity(column) if callable(quantity) else np.allclose(column, quantity, rtol=1e-9, atol=1e-15)

    lines = []
    for name, column in columns.items():
        if not holds(found[..., column], expected[name]):
            others = [other for other, quantity in expected.items() if holds(found[..., column], quantity)]
            lines.append(f"{title}: the column of {name} holds {' or '.join(others) or 'something else'}")
    return lines


def assert_swaps_are_named(made):
    """Assert that any two columns, swapped, are named; `made()`: (table, name -> column, name -> what it holds)."""
    found, columns, expected = made()
    for one, other in itertools.combinations(columns, 2):
        swapped = columns | {one: columns[other], other: columns[one]}
        told = misplaced(made.__name__, found, swapped, expected)
        assert f"{made.__name__}: the column of {one} holds {other}" in told
        assert f"{made.__name__}: the column of {other} holds {one}" in told
