"""Ground floor: units, time, geometry, lines, errors, files: what every room uses."""
