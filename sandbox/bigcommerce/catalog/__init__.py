"""Products, variants, options, brands and categories."""
