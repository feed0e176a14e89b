"""Twilight: scattered sunlight, ground, discs, and what the air transmits."""
