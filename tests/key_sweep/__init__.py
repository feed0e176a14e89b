"""Does every key of a scene change anything? The schema is walked, each key changed, and the light compared."""
