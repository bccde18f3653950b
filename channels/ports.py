"""The port every platform adapter fills: small gateways, capabilities and limits (ADR: adapters speak dataclasses)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Literal, Protocol

from django.utils.functional import Promise

from channels.enums import SignatureResult
from channels.remote import (
    CustomerPage,
    DesiredProduct,
    DesiredShipment,
    HookState,
    OrderPage,
    OrderStatus,
    ProductPage,
    ProductResult,
    RemoteName,
    RemoteNotice,
    RemoteOrder,
    RemoteProduct,
    RemoteRefund,
    RemoteShipment,
    StockItem,
    StockLevelAtStore,
    StockResult,
    StockUpdate,
    StoreIdentity,
)


class Capability(Enum):
    """What a platform can do; pages and services ask for these, never for a platform's name."""

    WEBHOOKS = auto()
    STORE_LOCATIONS = auto()
    """Pushes name a location of the store."""
    PAYMENT_METHODS = auto()
    SKIPS_UNMAPPED_TAX = auto()
    """SPEC TAX-6: orders are skipped while their tax class is unmapped."""
    UNDATED_CHANGES = auto()
    """Orders may change without a new date, or vanish without a trace: every night recent ones are compared."""
    ADDS_VARIATIONS = auto()
    """A listed family takes new variations; elsewhere it is removed and listed again (A30)."""
    IMAGE_DATA = auto()
    """Images are sent as they are; elsewhere the store loads them from a public address."""
    COMPANY_FIRST = auto()
    """SPEC MPW-1: an order's company is its customer, the person the contact."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Batch limits of one call and the default request budget."""

    stock_batch: int
    """Items of one stock push."""
    product_page: int
    products_by_id: int
    orders_by_id: int
    product_writes: int
    """Products that one step of listing or updating gives to the gateway at once."""
    requests: int
    per_seconds: float
    skus_found: int = 1
    """SKUs that one call of `ProductGateway.find` looks up at worst."""
    variations: int | None = None
    """Most variations of a product; None where the store sets no limit."""


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
    options: Mapping[str, str] = field(default_factory=dict)
    """What connecting found out about the way to the store, such as how it wants to be signed in to; no secrets."""
    bucket_key: str = ""
    """Names the store's token bucket within the process."""
    is_impatient: bool = False
    """Somebody waits in a browser: a call gives up within seconds instead of trying again."""


@dataclass(frozen=True, kw_only=True)
class ContentRules:
    """Which content of a product goes to a store, and which does not; names are those of `DesiredProduct`."""

    never: frozenset[str] = frozenset()
    """Not sent at all (SPEC LST-13)."""
    at_creation: frozenset[str] = frozenset({"category"})
    """Sent with a new product only (LST-8, A14)."""
    of_master: frozenset[str] = frozenset({"category"})
    """Neither sent nor kept as it is here while the store is master (SET-22, LST-14)."""
    store_is_master: bool = False
    """Whether it is before staff say so."""
    tax_free: bool = False
    """A product takes `TAX_FREE` as its tax key."""


class ProductGateway(Protocol):
    """Writing answers one result a product, in any order; one refused product does not keep the others.

    A write that a time-out left in doubt raises InDoubt; repeating it must not make a second product (`find` by SKU
    comes before creating).
    """

    def page(self, *, cursor: str = "", changed_since: datetime | None = None) -> ProductPage:
        """Products in a stable order from `cursor` ("" = start), each with all variants."""
        ...

    def get_many(self, ids: Sequence[str]) -> tuple[RemoteProduct, ...]:
        """Those that exist; at most `Limits.products_by_id` a call is the gateway's business."""
        ...

    def find(self, skus: Sequence[str]) -> tuple[RemoteProduct, ...]:
        """Products that have one of these SKUs, themselves or on a variant."""
        ...

    def create(self, products: Sequence[DesiredProduct], *, look_first: bool = True) -> tuple[ProductResult, ...]:
        """Makes whole products in the fewest calls. `look_first`: completes what an earlier attempt may have made."""
        ...

    def update(
        self, products: Sequence[DesiredProduct], *, known: Sequence[RemoteProduct] = ()
    ) -> tuple[ProductResult, ...]:
        """Changes what is given (`known`: as read just now); variants without `variant_id` are added. Never options."""
        ...

    def set_visible(self, ids: Sequence[str], *, visible: bool) -> tuple[ProductResult, ...]:
        """Publishes or hides; nothing else of them changes. Results are keyed by remote id."""
        ...

    def delete(self, ids: Sequence[str]) -> tuple[ProductResult, ...]:
        """Removes them from the store. Results are keyed by remote id; what is gone already counts as removed."""
        ...


class CustomerGateway(Protocol):
    def page(self, *, cursor: str = "") -> CustomerPage:
        """Customers in a stable order."""
        ...


class StockGateway(Protocol):
    def push(self, updates: Sequence[StockUpdate]) -> tuple[StockResult, ...]:
        """Absolute quantities, batched to the limit; one result per update, in any order."""
        ...

    def levels(self, items: Sequence[StockItem], *, location_id: str = "") -> tuple[StockLevelAtStore, ...]:
        """What the store has now."""
        ...


class OrderGateway(Protocol):
    def changed_since(self, since: datetime, *, cursor: str = "") -> OrderPage:
        """Orders modified at or after `since`, deleted ones included where the store lists them."""
        ...

    def created_since(self, since: datetime, *, cursor: str = "") -> OrderPage:
        """Orders created at or after `since`, with versions that tell any change, also one without a date."""
        ...

    def get_many(self, ids: Sequence[str]) -> tuple[RemoteOrder, ...]:
        """Whole orders, those that exist; missing ones are left out."""
        ...

    def refunds(self, order_id: str) -> tuple[RemoteRefund, ...]:
        """All refunds of an order, oldest first. Raises RemoteNotFound."""
        ...

    def shipments(self, order_id: str) -> tuple[RemoteShipment, ...]:
        """Shipments that the store knows, ours and its own. Raises RemoteNotFound."""
        ...

    def ship(self, order_id: str, shipment: DesiredShipment) -> RemoteShipment:
        """Tells the store of a shipment; the same `key` again finds the first one. Raises RemoteNotFound."""
        ...

    def set_status(self, order_id: str, status: OrderStatus) -> None:
        """Idempotent. Raises RemoteNotFound, RemoteRejected."""
        ...


class StoreLists(Protocol):
    """Lists of the store that Setup maps to ours."""

    def tax_classes(self) -> tuple[RemoteName, ...]: ...
    def payment_methods(self) -> tuple[RemoteName, ...]: ...
    def locations(self) -> tuple[RemoteName, ...]: ...


class WebhookGateway(Protocol):
    def is_ping(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the store only tries out our address, unsigned: answered with success, neither stored nor trusted."""
        ...

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
    customers: CustomerGateway
    stock: StockGateway
    orders: OrderGateway
    lists: StoreLists
    webhooks: WebhookGateway

    def check(self) -> StoreIdentity:
        """Reads who the store is; raises AuthenticationFailed, AddressRefused, TryLater."""
        ...


# -- connecting


@dataclass(frozen=True, kw_only=True)
class HandOver:
    """Our addresses for a store where a merchant approves the connection."""

    token: str
    """Unguessable, for this one attempt."""
    return_url: str
    """The merchant's browser comes back here."""
    keys_url: str
    """The store delivers keys here."""
    app_name: str


@dataclass(frozen=True, kw_only=True)
class ConnectWay:
    """One way of connecting: a form of credentials, an approval in the store, or an app installed there.

    - `approve` gives the address in the store where the merchant approves; None for the other ways.
    - `is_app`: the store has handed us its credentials before, when our app was installed; the form only names it.
    """

    slug: str
    label: str | Promise
    help_text: str | Promise = ""
    fields: tuple[CredentialField, ...]
    """The first one names the store and takes its identity too; it is no secret."""
    connection_from_form: Callable[[Mapping[str, str]], Connection]
    """Opened connection from the form's fields; no network. Raises RemoteRejected with `fields` for bad input."""
    approve: Callable[[Connection, HandOver], str] | None = None
    is_app: bool = False
    is_ready: Callable[[], bool] = lambda: True
    """Whether this installation is set up for it; the way is not shown otherwise."""
    checklist: tuple[str | Promise, ...] = ()
    """CON-1: what must be set up in the store for this way; the platform's own list follows."""
    if_it_fails: str | Promise = ""
    """CON-14: what to do when it does not work, in words."""
    sandbox_values: Callable[[], Sequence[Mapping[str, str]]] = tuple
    """Form values for each sandbox store, () where there is no sandbox."""


@dataclass(frozen=True, kw_only=True)
class StepCall:
    """A request that reached one of our connect steps."""

    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    now: datetime
    token: str = ""
    """Of the attempt, where the step's address has one."""


@dataclass(frozen=True, kw_only=True)
class KeysDelivered:
    """The store delivered keys for an approval; `secrets` join those of the attempt's connection."""

    secrets: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Returned:
    """The merchant is back from the store."""

    is_approved: bool


@dataclass(frozen=True, kw_only=True)
class AppInstalled:
    """A store's owner installed our app; `identity` names the store."""

    identity: str
    secrets: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class AppOpened:
    identity: str


@dataclass(frozen=True, kw_only=True)
class AppRemoved:
    """`issued_at`: when the store said so, where it tells: its words may be sent again after a new installation."""

    identity: str
    issued_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class AppUserRemoved:
    """Somebody of the store may no longer use the app; our users are our own, so nothing changes."""

    identity: str


StepNews = KeysDelivered | Returned | AppInstalled | AppOpened | AppRemoved | AppUserRemoved


@dataclass(frozen=True, kw_only=True)
class ConnectStep:
    """What answers at /connect/(platform)/(step)/, for an approval at /connect/(platform)/(step)/(token)/.

    An approval's steps are called `keys` (audience store) and `return` (audience staff).
    `read` says what the request means, or raises SignatureInvalid, MalformedResponse, RemoteRejected; it may ask the
    store's servers, impatiently. `audience`: who calls: the store's server, a member of our staff coming back from the
    store, or a browser inside the store's control panel.
    """

    method: Literal["GET", "POST"]
    audience: Literal["store", "staff", "panel"]
    read: Callable[[StepCall], StepNews]


@dataclass(frozen=True, kw_only=True)
class PlatformSpec:
    """A platform as the registry knows it."""

    slug: str
    label: str
    mark: str
    """One letter for lists."""
    capabilities: frozenset[Capability]
    limits: Limits
    content: ContentRules
    ways: tuple[ConnectWay, ...]
    """Ways of connecting, the recommended one first."""
    checklist: tuple[str | Promise, ...]
    """CON-1: what must be set up in the store before connecting."""
    connect: Callable[[Connection], Platform]
    find: Callable[[Connection], Connection] = lambda connection: connection
    """Looks for the way to a store whose address was typed: final `api_url` and `options`. Asks the store."""
    steps: Mapping[str, ConnectStep] = field(default_factory=dict)
    frame_ancestors: tuple[str, ...] = ()
    """Sites whose control panel shows our steps in a frame."""
    poll_minutes: int = 60
    notice_ports: frozenset[int] = frozenset()
    """Ports of a public address that its stores call; empty: any (APP-11)."""

    def can(self, capability: Capability) -> bool:
        return capability in self.capabilities

    def way(self, slug: str) -> ConnectWay:
        """Raises KeyError."""
        return {way.slug: way for way in self.ready_ways}[slug]

    @property
    def ready_ways(self) -> tuple[ConnectWay, ...]:
        return tuple(way for way in self.ways if way.is_ready())
