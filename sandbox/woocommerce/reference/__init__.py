"""What a store has beside products and orders: taxes, gateways, shipping, settings, customers, coupons."""
