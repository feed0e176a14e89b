"""The air that scatters and absorbs: profiles, cross sections and what a straight ray loses in them."""
