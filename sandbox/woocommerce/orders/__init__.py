"""Orders of WooCommerce stores: their money, stock, statuses, refunds and notes."""
