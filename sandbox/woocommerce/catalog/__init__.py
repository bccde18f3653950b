"""Products, variations and what they are sorted by."""
