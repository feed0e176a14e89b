"""A user map of precipitation: read, checked, regridded."""
