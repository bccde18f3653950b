"""What a posting consists of. Private to `inventory.services.stock`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from inventory.enums import Bucket, PostingKind
from inventory.models import StockPosting, User
from inventory.services.locks import Place

Held = tuple[str, int, int]
"""Owner key, product id, location id: what an allocation is for."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One movement to write."""

    product_id: int
    location_id: int
    bucket: Bucket
    quantity: Decimal
    owner_key: str = ""
    unit_cost: Decimal | None = None

    @property
    def place(self) -> Place:
        return self.product_id, self.location_id

    @property
    def held(self) -> Held:
        return self.owner_key, self.product_id, self.location_id


@dataclass(frozen=True, kw_only=True)
class Act:
    """Head of a posting. `expected` are allocated quantities the lines were computed from (see HoldingsMoved)."""

    key: str
    kind: PostingKind
    document_key: str
    at: datetime
    user: User | None
    note: str = ""
    reverses: StockPosting | None = None
    expected: Mapping[Held, Decimal] = field(default_factory=dict)
