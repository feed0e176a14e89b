"""Curtains: footprint maps, their tiles, and the march through the light above them."""
