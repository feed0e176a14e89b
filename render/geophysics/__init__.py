"""Where and how the aurora stands: activity, oval, magnetic field, upper air."""
