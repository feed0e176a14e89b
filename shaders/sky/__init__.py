"""Twilight: scattered light, ground, the discs of Sun and Moon."""
