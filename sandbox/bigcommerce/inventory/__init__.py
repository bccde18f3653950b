"""Stock levels by location."""
