"""News of the inventory, sent by services inside the transaction of the change (never from `save()`).

`stock_changed`: product_ids (frozenset of int), location_ids (frozenset of int).
`price_changed`, `product_changed`: product_ids (frozenset of int).
`customers_merged`: kept_id, gone_ids.
"""

from django.dispatch import Signal

stock_changed = Signal()
price_changed = Signal()
product_changed = Signal()
customers_merged = Signal()
