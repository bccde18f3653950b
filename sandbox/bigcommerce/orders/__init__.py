"""Orders: placing them, their money, their documents and what changes them."""
