"""Where the observer is, where Sun and Moon stand, which way the camera looks, and what falls on which pixel."""
