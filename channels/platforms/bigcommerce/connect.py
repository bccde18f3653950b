"""How a BigCommerce store is connected: the platform's spec."""

from collections.abc import Mapping

from channels.errors import RemoteRejected
from channels.ports import Capability, Connection, CredentialField, Limits, Platform, PlatformSpec


def _connect(connection: Connection) -> Platform:
    raise RemoteRejected("not connected")


def _from_form(fields: Mapping[str, str]) -> Connection:
    raise RemoteRejected("not connected")


def _sandbox_values() -> Mapping[str, str]:
    return {}


spec = PlatformSpec(
    slug="bigcommerce",
    label="BigCommerce",
    mark="B",
    capabilities=frozenset(
        {
            Capability.WEBHOOKS,
            Capability.SIGNED_WEBHOOKS,
            Capability.STORE_LOCATIONS,
            Capability.PAYMENT_METHODS,
            Capability.SKIPS_UNMAPPED_TAX,
        }
    ),
    limits=Limits(
        stock_batch=2000, product_page=250, products_by_id=250, orders_by_id=1, requests=120, per_seconds=30.0
    ),
    credential_fields=(CredentialField(name="access_token", label="Access token"),),
    checklist=(),
    connect=_connect,
    connection_from_form=_from_form,
    sandbox_values=_sandbox_values,
    help_page="bigcommerce",
)
