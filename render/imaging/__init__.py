"""From radiance to a picture: sensor, noise, development."""
