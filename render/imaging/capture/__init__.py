"""How an instant of light is taken: electrons by sensor and lens, with what chance and the converter do to them."""
