"""The ISS in the foreground: settings, parts, compositions, materials."""
