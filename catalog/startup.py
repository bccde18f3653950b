"""What the catalog registers when Django starts."""

from django.utils.translation import gettext_lazy as _

from catalog import presence, receivers
from catalog.handlers import RUN_STEPS, STOCK_HANDLER
from catalog.queries.activities import DOWNLOAD
from catalog.queries.catalog import listed_count
from catalog.queries.plans import KINDS
from catalog.services.buffer_run import BUFFERS
from catalog.services.drift import compare_at_night
from catalog.services.opening import DOCUMENT_PREFIX
from catalog.services.updates import PUSH_AFFECTED, UPDATE
from channels.registry import ChannelTab, DisconnectPart, registry
from inventory import documents
from inventory.registry import registry as house

OPERATOR_PERMISSIONS = {
    "catalog.download_catalog", "catalog.push_stock", "catalog.unlink_listing", "catalog.change_listingitem",
    "catalog.list_product",
}  # fmt: skip


def connect() -> None:
    """Idempotent."""
    receivers.connect()
    documents.register(DOCUMENT_PREFIX, presence.downloads)
    registry.add_handler(STOCK_HANDLER)
    registry.run_steps.update(RUN_STEPS)
    registry.stock_preview_url = presence.preview_url
    house.operator_permissions |= OPERATOR_PERMISSIONS
    house.run_retries |= dict.fromkeys((DOWNLOAD, UPDATE, PUSH_AFFECTED, BUFFERS), presence.retry)
    house.run_retries |= dict.fromkeys(KINDS, presence.retry_plan)
    house.run_permissions |= presence.RETRY_NEEDS
    house.run_pages |= dict.fromkeys(KINDS, "catalog:plan_run")
    if any(tab.slug == "catalog" for tab in registry.tabs):
        return
    registry.tabs.append(
        ChannelTab(
            slug="catalog",
            label=_("Catalog"),
            order=20,
            url=presence.tab_url,
            permission="catalog.view_listing",
            count=listed_count,
        )
    )
    registry.tabs.append(
        ChannelTab(
            slug="bulk", label=_("Bulk listing"), order=25, url=presence.bulk_url, permission="catalog.list_product"
        )
    )
    registry.nightly.append(compare_at_night)
    registry.health.append(presence.health)
    registry.disconnect_parts.append(DisconnectPart(preview=presence.preview_loss, purge=presence.purge))
    house.product_panels.append(presence.panels)
    house.dashboard_work += [presence.work, presence.drift_work]
