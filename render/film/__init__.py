"""From radiance to photograph: electrons on the sensor, colour, and files (PNG, EXR, video)."""
