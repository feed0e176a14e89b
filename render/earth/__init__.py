"""The ground: land and sea, how they reflect, and the lights of cities."""
