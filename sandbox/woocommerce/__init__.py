"""WooCommerce stores: sites below ``/woo/<store>/`` with their REST API ``wp-json/wc/v3/…`` and the pages beside it."""
