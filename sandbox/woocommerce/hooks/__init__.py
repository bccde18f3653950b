"""Webhooks of WooCommerce stores: their API, their topics and their deliveries."""
