"""Instruments: a photograph held against its scene, a keogram, the all-sky picture of a station on the ground."""
