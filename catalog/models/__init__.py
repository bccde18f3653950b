"""Models of the catalog."""

from catalog.models.holds import StoreHold
from catalog.models.links import CustomerLink
from catalog.models.listings import CatalogConflict, Listing, ListingItem

__all__ = ["CatalogConflict", "CustomerLink", "Listing", "ListingItem", "StoreHold"]
