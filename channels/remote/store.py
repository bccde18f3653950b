"""Who a store is, and what it sends us."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreIdentity:
    """Who a store is. `identity` is the platform's lasting id: a store hash, or the address of its home page."""

    identity: str
    name: str
    url: str
    version: str = ""
    currency: str
    time_zone: str = "UTC"
    country: str = ""
    weight_unit: str = "kg"
    length_unit: str = "cm"
    prices_include_tax: bool = False
    clone_mark: str = ""
    """Changes when the store is a copy under the same keys (APP-11)."""
    options: Mapping[str, str] = field(default_factory=dict)
    """The connection's options as they should be kept (see `channels.ports.Connection`); {} leaves them."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteNotice:
    """What a delivery is about: `kind` as in channels.enums.JobKind ("": nothing we follow), `key` the remote id."""

    kind: str
    key: str
    topic: str
    delivery_id: str = ""
    source: str = ""
    """Address of the store that says it sent this; another one than ours is a copy under our keys (APP-11)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HookState:
    id: str
    topic: str
    active: bool
