"""News of the inventory, sent by services inside the transaction of the change (never from `save()`).

`stock_changed`: product_ids (frozenset of int), location_ids (frozenset of int).
`locations_changed`: location_ids (frozenset of int), which count from now on, or no longer.
`price_changed`, `product_changed`: product_ids (frozenset of int).
`purchase_received`: purchase_id, receipt_id, user, now; also when a receipt is undone, and for a drop shipment that the
supplier sent (A61): the receipt says what holds.
`customers_merged`: kept_id, gone_ids.
"""

from django.dispatch import Signal

stock_changed = Signal()
locations_changed = Signal()
price_changed = Signal()
product_changed = Signal()
purchase_received = Signal()
customers_merged = Signal()
