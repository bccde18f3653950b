"""How a WooCommerce store is connected: the platform's spec (CON-11 to CON-14)."""

from collections.abc import Mapping
from importlib import import_module

from django.utils.translation import gettext_lazy

from channels.ports import Capability, Connection, ConnectWay, CredentialField, Limits, Platform, PlatformSpec


def connect(connection: Connection) -> Platform:
    """The store behind an opened connection. No call is made."""
    store: Platform = import_module("channels.platforms.woocommerce.store").Store(connection)
    return store


def connection_from_form(fields: Mapping[str, str]) -> Connection:
    return Connection(identity=fields["address"], api_url=fields["address"], secrets=dict(fields))


spec = PlatformSpec(
    slug="woocommerce",
    label="WooCommerce",
    mark="W",
    capabilities=frozenset(
        {
            Capability.WEBHOOKS,
            Capability.SIGNED_WEBHOOKS,
            Capability.PAYMENT_METHODS,
            Capability.SKIPS_UNMAPPED_TAX,
            Capability.UNDATED_CHANGES,
            Capability.COMPANY_FIRST,
        }
    ),
    limits=Limits(
        stock_batch=100, product_page=100, products_by_id=100, orders_by_id=100, requests=120, per_seconds=60.0
    ),
    ways=(
        ConnectWay(
            slug="keys",
            label=gettext_lazy("API keys"),
            fields=(CredentialField(name="address", label=gettext_lazy("Website address"), secret=False),),
            connection_from_form=connection_from_form,
        ),
    ),
    checklist=(gettext_lazy("Products have SKUs in the store; a product without one is skipped."),),
    connect=connect,
)
