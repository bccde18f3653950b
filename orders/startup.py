"""What orders register when Django starts."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from channels.registry import ChannelTab, DisconnectPart
from channels.registry import registry as channel_registry
from channels.signals import mapping_changed, settings_changed
from inventory import documents
from inventory.registry import registry
from inventory.signals import product_changed, purchase_received
from orders.handlers import ORDER_HANDLER, process_step
from orders.queries import captured, dashboard
from orders.queries.sales import sale_links
from orders.receivers import on_mapping_changed, on_product_changed, on_purchase_received, on_settings_changed
from orders.services.bulk import RUN_KIND
from orders.services.leaving import forget_sources, preview_leaving, purge_orders

_TABS = (
    ChannelTab(
        slug="pending",
        label=_("Pending"),
        order=40,
        url=lambda channel: reverse("orders:pending", args=[channel.pk]),
        permission="orders.view_capturedorder",
        count=captured.pending_count,
        hot=True,
    ),
    ChannelTab(
        slug="log",
        label=_("Log"),
        order=50,
        url=lambda channel: reverse("orders:log", args=[channel.pk]),
        permission="orders.view_capturedorder",
        count=captured.log_count,
    ),
)
_OPERATOR = {"orders.process_order", "orders.authorize_stage", "orders.add_payment"}


def connect() -> None:
    """Idempotent."""
    if ORDER_HANDLER.kind in channel_registry.handlers:
        return
    channel_registry.add_handler(ORDER_HANDLER)
    channel_registry.run_steps[RUN_KIND] = process_step
    channel_registry.tabs += _TABS
    channel_registry.orders_waiting_for_tax = captured.skipped_by_tax
    channel_registry.known_orders = captured.known_orders
    channel_registry.columns["pending_orders"] = captured.pending_column()
    channel_registry.disconnect_parts.append(
        DisconnectPart(preview=preview_leaving, purge=purge_orders, forget=forget_sources)
    )
    documents.register("order", captured.order_links)
    documents.register("sale", sale_links)
    registry.rail.append(dashboard.rail)
    registry.dashboard_work.append(dashboard.work)
    registry.dashboard_figures.append(dashboard.figures)
    registry.search_providers.append(dashboard.search)
    registry.operator_permissions |= _OPERATOR
    settings_changed.connect(on_settings_changed, dispatch_uid="orders.settings_changed")
    mapping_changed.connect(on_mapping_changed, dispatch_uid="orders.mapping_changed")
    purchase_received.connect(on_purchase_received, dispatch_uid="orders.purchase_received")
    product_changed.connect(on_product_changed, dispatch_uid="orders.product_changed")
