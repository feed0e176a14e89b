"""What shines from outside the air: stars, Moon and Sun."""
