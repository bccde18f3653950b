"""Telling the store of shipments (FUL-1 to FUL-4, SHM-1, A46): a record with our key keeps them from doubling."""

import logging
from collections.abc import Mapping

from django.utils.translation import gettext as _

from channels.errors import AuthenticationFailed, MalformedResponse, RemoteNotFound, RemoteRejected
from channels.platforms.fields import text
from channels.platforms.woocommerce.client import Client, Json, an_object, objects
from channels.platforms.woocommerce.mapping.shipments import (
    fulfillment_body,
    fulfillment_key,
    item_id,
    meta_changes,
    plugin_body,
    record_of,
    same_number,
    shipments_of,
)
from channels.platforms.woocommerce.mapping.values import plain_title, title
from channels.remote import DesiredShipment, RemoteShipment

logger = logging.getLogger(__name__)

SHIPPABLE = frozenset({"processing", "on-hold", "partial-shipped", "partially-shipped"})
"""A46: “Processing” and “On hold”, and what tracking plugins make of them in between."""
PLUGINS = ("wc-shipment-tracking/v3", "wc-ast/v3")
"""Namespaces of tracking plugins, which answer the same route: their entries are made by themselves."""


class Shipments:
    """`options`: the connection's; `namespaces` lists the site's, else it is asked for them when something ships."""

    def __init__(self, client: Client, options: Mapping[str, str]) -> None:
        self._client = client
        known = options.get("namespaces")
        self._plugin = None if known is None else _plugin_of(known.replace(",", " ").split())
        self._has_fulfillments = client.is_at_least(10, 1)

    def of(self, order_id: str) -> tuple[RemoteShipment, ...]:
        order = self.order(order_id)
        return shipments_of(order, self._fulfillments(order_id) or [])

    def ship(self, order_id: str, shipment: DesiredShipment) -> RemoteShipment:
        """Sent again, it completes what a broken connection left undone."""
        order = self.order(order_id)
        is_new = record_of(order, shipment.key) is None
        if is_new:
            order = self._record(order_id, order, shipment)
        self._fulfill(order_id, shipment)
        self._tell(order_id, shipment, is_new=is_new)
        return next(made for made in shipments_of(order) if made.key == shipment.key)

    def order(self, order_id: str) -> Json:
        """Raises RemoteNotFound, also for an order in the trash: changing its status would bring it back."""
        if not order_id.isdecimal():
            raise RemoteNotFound(_("The store has no such thing (any more)."), detail=f"order {order_id}")
        found = an_object(self._client.get(f"/orders/{order_id}"), "/orders")
        if text(found, "status") == "trash":
            raise RemoteNotFound(_("The order is in the store's trash."), detail=f"order {order_id}")
        return found

    def _record(self, order_id: str, order: Json, shipment: DesiredShipment) -> Json:
        if text(order, "status") not in SHIPPABLE:
            raise RemoteRejected(
                _("The order is “%(status)s” in the store, so it takes no shipment.")
                % {"status": text(order, "status")}
            )
        tracked = same_number(order, shipment.tracking_number) or self._by_plugin(order_id, shipment)
        changes = meta_changes(order, shipment, tracked_as=tracked)
        answer = self._client.put(f"/orders/{order_id}", {"meta_data": changes})
        if record_of(answer, shipment.key) is None:
            raise RemoteRejected(_("The store did not keep the shipment."), detail=f"order {order_id}")
        return answer

    def _by_plugin(self, order_id: str, shipment: DesiredShipment) -> str:
        """Id of the entry that the tracking plugin made; "" where it is ours to make."""
        if not shipment.tracking_number:
            return ""
        if self._plugin is None:
            self._plugin = self._look_for_plugin()
        if not self._plugin:
            return ""
        path = f"/{self._plugin}/orders/{order_id}/shipment-trackings"
        try:
            made = self._client.http.request("POST", path, body=plugin_body(shipment))
        except (RemoteNotFound, MalformedResponse):  # the plugin was removed
            self._plugin = ""
            return ""
        except RemoteRejected as error:  # some refuse numbers with unusual characters
            logger.info("The tracking plugin refused a shipment: %s", error.detail)
            return ""
        return item_id(an_object(made, path))

    def _look_for_plugin(self) -> str:
        try:
            index = an_object(self._client.http.request("GET", "/", params={"_fields": "namespaces"}), "/")
        except AuthenticationFailed:  # the index is closed to visitors, and our keys do not count for it
            return ""
        return _plugin_of(index.get("namespaces"))

    # -- fulfillments, from 10.1 on where they are switched on

    def _fulfillments(self, order_id: str) -> list[Json] | None:
        """None where the store has none of them."""
        if not self._has_fulfillments:
            return None
        path = f"/orders/{order_id}/fulfillments"
        try:
            return objects(self._client.get(path), path)
        except (RemoteNotFound, MalformedResponse):
            self._has_fulfillments = False
            return None

    def _fulfill(self, order_id: str, shipment: DesiredShipment) -> None:
        """An addition for the store's own pages; one that it refuses does not undo the shipment."""
        body, known = fulfillment_body(shipment), self._fulfillments(order_id)
        if body is None or known is None or any(fulfillment_key(row) == shipment.key for row in known):
            return
        try:
            self._client.post(f"/orders/{order_id}/fulfillments", body)
        except RemoteRejected as error:
            logger.info("The store refused a fulfillment: %s", error.detail)

    # -- notes

    def _tell(self, order_id: str, shipment: DesiredShipment, *, is_new: bool) -> None:
        """A note to the customer where asked for (the store mails it), else to staff where there is a comment."""
        if not shipment.notify_customer and not shipment.comment:
            return
        note, path = note_of(shipment), f"/orders/{order_id}/notes"
        if not is_new and any(title(row, "note") == plain_title(note) for row in objects(self._client.get(path), path)):
            return
        self._client.post(path, {"note": note, "customer_note": shipment.notify_customer})


def _plugin_of(namespaces: object) -> str:
    if isinstance(namespaces, dict):  # as PHP writes a list with gaps
        namespaces = list(namespaces.values())
    known = namespaces if isinstance(namespaces, list) else []
    return next((name for name in PLUGINS if name in known), "")


def note_of(shipment: DesiredShipment) -> str:
    parts = [_("Your order was shipped.") if shipment.notify_customer else _("Shipped.")]
    if shipment.carrier:
        parts.append(_("Carrier: %(carrier)s.") % {"carrier": f"{shipment.carrier} {shipment.service}".strip()})
    if shipment.tracking_number:
        parts.append(_("Tracking number: %(number)s.") % {"number": shipment.tracking_number})
    parts += [part for part in (shipment.tracking_url, shipment.comment.strip()) if part]
    return " ".join(parts)
