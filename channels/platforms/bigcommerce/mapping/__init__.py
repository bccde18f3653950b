"""BigCommerce JSON ↔ dataclasses of ours: pure, tolerant of missing and additional fields, strict about amounts."""
