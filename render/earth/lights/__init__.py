"""The lights of cities, oil fields and fishing fleets: a raster of what is seen as areas, and points."""
