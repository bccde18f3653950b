"""Names that stores give to things, and words that are common to all that they tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

TAX_FREE = "tax-free"
"""Tax key of what the store did not tax (SPEC TAX-4)."""

TaxNameKind = Literal["class", "charge", "rate"]
Tracking = Literal["variant", "product", "none"]
"""At which level the store counts a variant's stock: its own, one number for its product, or not at all."""


def no_raw() -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteName:
    """A tax name, payment method or location of the store, for the mappings."""

    key: str
    label: str
    kind: TaxNameKind = "class"
    """Of tax names: classes have to be mapped; charges and rates only where their rule is another one."""
