"""A user's own map of precipitation: read, checked, regridded."""
