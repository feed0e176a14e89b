"""The aurora's light from straight above."""
