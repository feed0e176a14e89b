"""What can be asked of a scene without a picture: a pixel, a line of sight, a spectrum, a user map in view."""
