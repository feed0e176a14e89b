"""Files: PNG, OpenEXR, NetCDF, video, contact sheet."""
