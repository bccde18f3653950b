"""Questions to the catalog. Reading only."""

from catalog.queries.levels import SyncQuantity, sync_quantities

__all__ = ["SyncQuantity", "sync_quantities"]
