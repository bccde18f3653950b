"""Notices: registered hooks, their deliveries and what goes wrong with them."""
