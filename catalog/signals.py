"""News of the catalog, sent inside the transaction of the change.

`listing_linked`: channel, product_ids (frozenset of int).
"""

from django.dispatch import Signal

listing_linked = Signal()
