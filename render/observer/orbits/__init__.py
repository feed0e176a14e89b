"""Orbits as they are handed out: element sets and ephemerides, read, checked, and the elements taken further."""
