"""What is built for a sale, and what suppliers send for it, for its page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.urls import reverse

from inventory import documents
from inventory.enums import AssemblyState, DropShip, PurchaseState
from inventory.models import Assembly, Purchase, PurchaseLine
from inventory.queries.assemblies import Need, assemblies_of, missing_components, missing_of
from inventory.queries.purchases import OPEN_STATES, purchases_of
from inventory_sync.lib.quantities import ZERO
from orders.enums import StageState
from orders.models import Fulfillment, FulfillmentLine, Sale, SaleLine


@dataclass(frozen=True, kw_only=True)
class Built:
    """One assembly of the sale, and which components keep a draft from being built."""

    assembly: Assembly
    url: str
    missing: Sequence[Need] = ()

    @property
    def is_done(self) -> bool:
        return self.assembly.state == AssemblyState.DONE


@dataclass(frozen=True, kw_only=True)
class Unbuilt:
    """Units of a line that are not built, and the components that lack for them."""

    line: SaleLine
    quantity: Decimal
    missing: Sequence[Need]


@dataclass(frozen=True, kw_only=True)
class Dropped:
    """One line that a supplier sends: on which order, and how many he sent. Without order it says what to fix."""

    line: SaleLine
    purchase: Purchase | None
    sent: Decimal = ZERO

    @property
    def needs_supplier(self) -> bool:
        return self.purchase is None and self.line.product is not None and self.line.product.supplier_id is None

    @property
    def needs_purchase(self) -> bool:
        return self.purchase is None and not self.needs_supplier

    @property
    def fix_url(self) -> str:
        return reverse("inventory:edit_product", args=[self.line.product_id])

    @property
    def is_sent(self) -> bool:
        return bool(self.sent >= self.line.quantity)


@dataclass(frozen=True, kw_only=True)
class Supply:
    """Everything that comes into a sale from elsewhere."""

    purchases: Sequence[Purchase] = ()
    dispatches: Sequence[Fulfillment] = ()
    dropped: Mapping[int, Dropped] = field(default_factory=dict)
    built: Sequence[Built] = ()

    @property
    def with_suppliers(self) -> list[Purchase]:
        """Ordered and not all sent: the suppliers would have to be told."""
        return [each for each in self.purchases if each.state in OPEN_STATES]

    @property
    def suppliers(self) -> str:
        """Names of those who send, in the order of the lines."""
        names = [each.purchase.supplier.name for each in self.dropped.values() if each.purchase]
        return ", ".join(dict.fromkeys(names))

    @property
    def is_all_sent(self) -> bool:
        return all(each.is_sent for each in self.dropped.values())

    @property
    def tracking(self) -> str:
        return ", ".join(dict.fromkeys(each.tracking_number for each in self.dispatches if each.tracking_number))

    @property
    def warnings(self) -> list[Dropped]:
        """Lines that no purchase order holds."""
        return [each for each in self.dropped.values() if each.purchase is None]


def supply_of(sale: Sale, lines: Sequence[SaleLine]) -> Supply:
    """Six statements at most, whatever the number of lines; and one for each assembly that could not be built."""
    purchases = purchases_of(sale.document_key)
    dispatches = list(
        sale.fulfillments.exclude(dispatch_key="").exclude(ship_state=StageState.VOIDED).order_by("number")
    )
    return Supply(
        purchases=purchases,
        dispatches=dispatches,
        dropped=_dropped(lines, purchases, dispatches),
        built=_built(sale.document_key),
    )


def leaves_choice(line: SaleLine) -> bool:
    """Whether staff choose who sends this line (INV-8, optional)."""
    return line.product is not None and line.product.drop_ship == DropShip.OPTIONAL


def _dropped(
    lines: Sequence[SaleLine], purchases: Sequence[Purchase], dispatches: Sequence[Fulfillment]
) -> dict[int, Dropped]:
    wanted = [line for line in lines if line.drop_ship]
    if not wanted:
        return {}
    by_owner: dict[str, tuple[Purchase, PurchaseLine]] = {}
    for purchase in purchases:
        if purchase.state != PurchaseState.VOIDED:
            by_owner |= {row.owner_key: (purchase, row) for row in purchase.lines.all()}
    sent: dict[int, Decimal] = {}
    rows = FulfillmentLine.objects.filter(fulfillment__in=dispatches)
    for line_id, quantity in rows.values_list("sale_line_id", "quantity"):
        sent[line_id] = sent.get(line_id, ZERO) + quantity
    return {
        line.pk: Dropped(
            line=line,
            purchase=by_owner[line.owner_key][0] if line.owner_key in by_owner else None,
            sent=sent.get(line.pk, ZERO),
        )
        for line in wanted
    }


def unbuilt_of(sale: Sale, lines: Sequence[SaleLine], picked: Mapping[int, Decimal]) -> list[Unbuilt]:
    """Lines short in a draft pick because components are short (A9, minimum); nothing where all suffice."""
    found = []
    for line in lines:
        left = line.quantity - picked.get(line.pk, ZERO)
        if line.product is None or not line.product.auto_assembly or line.drop_ship or left <= ZERO:
            continue
        missing = missing_components(product_id=line.product.pk, location_id=sale.location_id, quantity=left)
        if missing:
            found.append(Unbuilt(line=line, quantity=left, missing=missing))
    return found


def _built(document_key: str) -> list[Built]:
    assemblies = assemblies_of(document_key)
    links = documents.resolve(each.own_key for each in assemblies) if assemblies else {}
    return [
        Built(
            assembly=each,
            url=links[each.own_key].url,
            missing=missing_of(each) if each.state == AssemblyState.DRAFT else (),
        )
        for each in assemblies
    ]
