"""Options of BigCommerce channels beside the common settings."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class BigCommerceOptions:
    """None so far: everything a BigCommerce store needs is a common setting."""
