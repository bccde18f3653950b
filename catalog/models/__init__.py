"""Models of the catalog."""

from catalog.models.buffers import ProductBuffer
from catalog.models.drift import Drift
from catalog.models.holds import StoreHold
from catalog.models.links import CustomerConflict, CustomerLink
from catalog.models.listings import CatalogConflict, Listing, ListingItem

__all__ = [
    "CatalogConflict",
    "CustomerConflict",
    "CustomerLink",
    "Drift",
    "Listing",
    "ListingItem",
    "ProductBuffer",
    "StoreHold",
]
