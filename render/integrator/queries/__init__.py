"""Light asked for besides the picture: between an observer and points."""
