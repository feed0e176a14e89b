"""The footprint on the magnetic map: arcs, rays, glow, and the tiles that hold them."""
