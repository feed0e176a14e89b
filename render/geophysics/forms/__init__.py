"""Where the aurora stands and how it moves: the oval and its forms."""
