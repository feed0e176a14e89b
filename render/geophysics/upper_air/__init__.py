"""The air in which the aurora glows: thermosphere and ionosphere."""
