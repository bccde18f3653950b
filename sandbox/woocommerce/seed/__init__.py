"""What WooCommerce stores are filled with."""
