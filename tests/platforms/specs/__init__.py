"""Checks exchanges with a store against the platform's published API descriptions."""
