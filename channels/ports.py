"""The port every platform adapter fills: small gateways, capabilities and limits (ADR: adapters speak dataclasses)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Any, Protocol

from django.utils.functional import Promise

from channels.enums import SignatureResult
from channels.remote import (
    HookState,
    OrderPage,
    ProductPage,
    RemoteName,
    RemoteNotice,
    RemoteOrder,
    RemoteProduct,
    StockLevelAtStore,
    StockResult,
    StockUpdate,
    StoreIdentity,
)


class Capability(Enum):
    """What a platform can do; pages and services ask for these, never for a platform's name."""

    WEBHOOKS = auto()
    SIGNED_WEBHOOKS = auto()
    STORE_LOCATIONS = auto()
    """Pushes name a location of the store."""
    PAYMENT_METHODS = auto()
    SKIPS_UNMAPPED_TAX = auto()
    """SPEC TAX-6: orders are skipped while their tax class is unmapped."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Batch limits of one call and the default request budget."""

    stock_batch: int
    """Items of one stock push."""
    product_page: int
    products_by_id: int
    orders_by_id: int
    requests: int
    per_seconds: float


@dataclass(frozen=True, kw_only=True)
class CredentialField:
    """One input of the connect form."""

    name: str
    label: str | Promise
    help_text: str | Promise = ""
    secret: bool = True
    required: bool = True


@dataclass(frozen=True, kw_only=True)
class Connection:
    """Everything an adapter needs to talk to one store; holds opened secrets, so it is never stored or logged."""

    identity: str
    api_url: str
    secrets: Mapping[str, str] = field(repr=False)
    private_addresses: tuple[str, ...] = ()
    before_call: Callable[[], None] | None = None
    """Called before every remote call: renews the channel's lease and raises LeaseLost when it is gone."""
    bucket_key: str = ""
    """Names the store's token bucket within the process."""
    is_impatient: bool = False
    """Somebody waits in a browser: a call gives up within seconds instead of trying again."""


class ProductGateway(Protocol):
    def page(self, *, cursor: str = "", changed_since: datetime | None = None) -> ProductPage:
        """Products in a stable order from `cursor` ("" = start), each with all variants."""
        ...

    def get_many(self, ids: Sequence[str]) -> tuple[RemoteProduct, ...]:
        """Those that exist; at most `Limits.products_by_id` a call is the gateway's business."""
        ...


class StockGateway(Protocol):
    def push(self, updates: Sequence[StockUpdate]) -> tuple[StockResult, ...]:
        """Absolute quantities, batched to the limit; one result per update, in any order."""
        ...

    def levels(self, variant_ids: Sequence[str], *, location_id: str = "") -> tuple[StockLevelAtStore, ...]:
        """What the store has now."""
        ...


class OrderGateway(Protocol):
    def changed_since(self, since: datetime, *, cursor: str = "") -> OrderPage:
        """Orders modified at or after `since`, oldest first."""
        ...

    def get_many(self, ids: Sequence[str]) -> tuple[RemoteOrder, ...]:
        """Whole orders, those that exist; missing ones are left out."""
        ...


class StoreLists(Protocol):
    """Lists of the store that Setup maps to ours."""

    def tax_classes(self) -> tuple[RemoteName, ...]: ...
    def payment_methods(self) -> tuple[RemoteName, ...]: ...
    def locations(self) -> tuple[RemoteName, ...]: ...


class WebhookGateway(Protocol):
    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> SignatureResult:
        """Raises SignatureInvalid. No network."""
        ...

    def parse(self, headers: Mapping[str, str], body: bytes) -> tuple[RemoteNotice, ...]:
        """What the delivery is about; () for nothing we follow. Raises MalformedResponse. No network."""
        ...

    def register(self, url: str) -> tuple[HookState, ...]:
        """Registers what is missing, re-activates what is off, leaves the rest: idempotent."""
        ...

    def check(self, url: str) -> tuple[HookState, ...]:
        """State of our hooks at this address."""
        ...

    def unregister(self, url: str) -> None: ...


class Platform(Protocol):
    """One connected store."""

    products: ProductGateway
    stock: StockGateway
    orders: OrderGateway
    lists: StoreLists
    webhooks: WebhookGateway

    def check(self) -> StoreIdentity:
        """Reads who the store is; raises AuthenticationFailed, AddressRefused, TryLater."""
        ...


@dataclass(frozen=True, kw_only=True)
class PlatformSpec:
    """A platform as the registry knows it."""

    slug: str
    label: str
    mark: str
    """One letter for lists."""
    capabilities: frozenset[Capability]
    limits: Limits
    credential_fields: tuple[CredentialField, ...]
    checklist: tuple[str | Promise, ...]
    """CON-1: what must be set up in the store before connecting."""
    connect: Callable[[Connection], Platform]
    connection_from_form: Callable[[Mapping[str, str]], Connection]
    """Opened connection from the connect form's fields; raises RemoteRejected with `fields` for bad input."""
    sandbox_values: Callable[[], Mapping[str, str]]
    """Form values for the sandbox store, {} where there is none."""
    options: Mapping[str, Any] = field(default_factory=dict)
    poll_minutes: int = 60

    def can(self, capability: Capability) -> bool:
        return capability in self.capabilities
