"""Building products from components (SPEC INV-7, SET-11, SET-12, A9): at one location, whole or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from inventory.enums import AssemblyState, DocumentKind
from inventory.models import Assembly, AssemblyLine, Movement, Product, User
from inventory.queries.assemblies import Need, bill_of, needs
from inventory.services import audit, stock
from inventory.services.bills import set_components
from inventory.services.numbers import next_number
from inventory.services.stale import EditedMeanwhile
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.quantities import ZERO, quantize
from inventory_sync.lib.text import clip

__all__ = [
    "AssemblyRefused", "BuildOrder", "ComponentsMissing", "assemble_for", "assemble_if_possible", "build_assembly",
    "complete_assembly", "draft_assembly", "set_components", "undo_assembly", "units_to_build", "void_assemblies",
    "void_assembly",
]  # fmt: skip

_SHOWN = 5


class AssemblyRefused(ProductError):
    """It cannot be built, undone or voided as it is. Nothing has moved."""


class ComponentsMissing(AssemblyRefused):
    """Components are short at the location; `missing` says which and by how much."""

    def __init__(self, missing: tuple[Need, ...]) -> None:
        parts = [
            _("%(wanted)s of %(sku)s wanted, %(free)s available")
            % {"sku": need.component.sku, "wanted": _plain(need.quantity), "free": _plain(need.available)}
            for need in missing[:_SHOWN]
        ]
        more = _(" and %(count)s more") % {"count": len(missing) - _SHOWN} if len(missing) > _SHOWN else ""
        super().__init__(_("Components are missing: %(parts)s%(more)s.") % {"parts": "; ".join(parts), "more": more})
        self.missing = missing


@dataclass(frozen=True, kw_only=True)
class BuildOrder:
    """What is to be built where, and for whom. `owner_key` makes it happen once for a document."""

    product_id: int
    location_id: int
    quantity: Decimal
    owner_key: str
    document_key: str = ""
    note: str = ""


def units_to_build(*, mode: Literal["minimum", "ordered"], ordered: Decimal, available_without: Decimal) -> Decimal:
    """Units to build for an order (A9). `available_without`: own units at the location without the order's own.

    "ordered" ignores stock; "minimum" fills up what is missing, also what others lack already (−3 and 5 → 8).
    """
    if ordered <= 0:
        return ZERO
    return ordered if mode == "ordered" else max(ZERO, ordered - available_without)


def assemble_for(order: BuildOrder, *, user: User | None, now: datetime) -> Assembly:
    """The assembly of a document's line: built, or left a draft where components are short (`queries.missing_of`).

    Idempotent by document and owner: a draft that is there is tried again, a built one is answered as it is.
    """
    with transaction.atomic():
        assembly = draft_assembly(order, user=user, now=now)
        if assembly.state != AssemblyState.DRAFT:
            return assembly
        try:
            with transaction.atomic():
                return complete_assembly(assembly, user=user, now=now)
        except (ComponentsMissing, stock.StockShort):
            return assembly


def assemble_if_possible(order: BuildOrder, *, user: User | None, now: datetime) -> Assembly | None:
    """Like `assemble_for`, but where components are short nothing is written and None answered (A9, minimum)."""
    try:
        return build_assembly(order, user=user, now=now)
    except (ComponentsMissing, stock.StockShort):
        return None


def draft_assembly(order: BuildOrder, *, user: User | None, now: datetime) -> Assembly:
    """A numbered draft with what its components are now; the one of this owner that is there already, else a new one.

    A draft for another product or number (the order was edited) is voided. Raises AssemblyRefused for a product without
    components.
    """
    with transaction.atomic():
        found = _of_owner(order)
        if found is not None and found.state == AssemblyState.DRAFT and not _is_for(found, order):
            void_assembly(found, user=user, now=now)
        elif found is not None:
            return found
        bill = bill_of(order.product_id)
        product = Product.objects.get(pk=order.product_id)
        if not bill:
            raise AssemblyRefused(_("%(sku)s has no components to be built from.") % {"sku": product.sku})
        if order.quantity <= 0:
            raise AssemblyRefused(_("Build at least one."))
        try:
            with transaction.atomic():
                assembly = _create(order, {row.component_id: row.quantity * order.quantity for row in bill}, now=now)
        except IntegrityError:
            found = _of_owner(order)
            if found is None:
                raise
            return found
        audit.record(
            user=user,
            action=_("Created the assembly"),
            obj=assembly,
            changes={"product": (None, product.sku), "quantity": (None, assembly.quantity)},
            now=now,
        )
        return assembly


def build_assembly(order: BuildOrder, *, user: User | None, now: datetime) -> Assembly:
    """Draft and build in one; raises ComponentsMissing, StockShort, AssemblyRefused and then leaves nothing behind."""
    with transaction.atomic():
        assembly = draft_assembly(order, user=user, now=now)
        return complete_assembly(assembly, user=user, now=now) if assembly.state == AssemblyState.DRAFT else assembly


def complete_assembly(assembly: Assembly, *, version: int | None = None, user: User | None, now: datetime) -> Assembly:
    """Build a draft; one that is built already is answered as it is.

    Raises ComponentsMissing, StockShort, AssemblyRefused for a voided one, EditedMeanwhile.
    """
    with transaction.atomic():
        found = _current(assembly, version)
        if found.state == AssemblyState.DONE:
            return found
        if found.state != AssemblyState.DRAFT:
            raise AssemblyRefused(_("%(number)s is voided.") % {"number": found.number})
        quantities = {line.component: line.quantity for line in found.lines.select_related("component")}
        there = needs({**quantities, found.product: ZERO}, location_id=found.location_id, locked=True)
        missing = tuple(need for need in there if need.missing)
        if missing:
            raise ComponentsMissing(missing)
        posting = stock.assemble_stock(
            product_id=found.product_id,
            location_id=found.location_id,
            quantity=found.quantity,
            components={component.pk: quantity for component, quantity in quantities.items()},
            key=_key(found),
            document_key=found.own_key,
            at=now,
            user=user,
        )
        cost = Movement.objects.filter(posting=posting, product_id=found.product_id).values_list("unit_cost", flat=True)
        _change(found, state=AssemblyState.DONE, done_at=now, unit_cost=cost.first())
        audit.record(user=user, action=_("Built"), obj=found, changes=_state("draft", "done"), now=now)
        return found


def undo_assembly(assembly: Assembly, *, version: int | None = None, user: User | None, now: datetime) -> Assembly:
    """Take a built product apart again, by mirror rows: the draft is back, and so are the components.

    Raises StockShort where the built units have gone, EditedMeanwhile; a draft is answered as it is.
    """
    with transaction.atomic():
        found = _current(assembly, version)
        if found.state == AssemblyState.VOIDED:
            raise AssemblyRefused(_("%(number)s is voided.") % {"number": found.number})
        if found.state == AssemblyState.DONE:
            stock.reverse_posting(_key(found), key=f"{_key(found)}/undo", at=now, user=user)
            _change(found, state=AssemblyState.DRAFT, done_at=None, unit_cost=None, revision=found.revision + 1)
            audit.record(user=user, action=_("Took apart"), obj=found, changes=_state("done", "draft"), now=now)
        return found


def void_assembly(assembly: Assembly, *, version: int | None = None, user: User | None, now: datetime) -> Assembly:
    """Give up a draft; its number stays taken. A built one must be undone first."""
    with transaction.atomic():
        found = _current(assembly, version)
        if found.state == AssemblyState.DONE:
            raise AssemblyRefused(_("%(number)s is built: undo it first.") % {"number": found.number})
        if found.state == AssemblyState.DRAFT:
            _change(found, state=AssemblyState.VOIDED)
            audit.record(user=user, action=_("Voided"), obj=found, changes=_state("draft", "voided"), now=now)
        return found


def void_assemblies(document_key: str, *, user: User | None, now: datetime) -> None:
    """Undo and void what was made for a document, in its transaction.

    What has gone stays built and belongs to no line any more, so that the line can be built for again.
    """
    rows = Assembly.objects.filter(document_key=document_key).exclude(state=AssemblyState.VOIDED)
    for each in rows.exclude(owner_key="").order_by("pk"):
        try:
            with transaction.atomic():
                void_assembly(undo_assembly(each, user=user, now=now), user=user, now=now)
        except stock.StockShort:
            _change(_current(each, None), owner_key="")


def _of_owner(order: BuildOrder) -> Assembly | None:
    rows = Assembly.objects.filter(document_key=order.document_key, owner_key=order.owner_key)
    return rows.exclude(state=AssemblyState.VOIDED).first()


def _is_for(assembly: Assembly, order: BuildOrder) -> bool:
    return (assembly.product_id, assembly.quantity) == (order.product_id, quantize(order.quantity))


def _create(order: BuildOrder, quantities: Mapping[int, Decimal], *, now: datetime) -> Assembly:
    assembly = Assembly.objects.create(
        number=next_number(DocumentKind.ASSEMBLY),
        product_id=order.product_id,
        location_id=order.location_id,
        quantity=quantize(order.quantity),
        document_key=order.document_key,
        owner_key=order.owner_key,
        note=clip(order.note, 500),
        created_at=now,
    )
    AssemblyLine.objects.bulk_create(
        AssemblyLine(assembly=assembly, component_id=component_id, quantity=quantize(quantity))
        for component_id, quantity in quantities.items()
    )
    return assembly


def _current(assembly: Assembly, version: int | None) -> Assembly:
    found = Assembly.objects.select_for_update(of=("self",)).select_related("product").get(pk=assembly.pk)
    if version is not None and found.version != version:
        raise EditedMeanwhile.of(found)
    return found


def _change(assembly: Assembly, **columns: object) -> None:
    """Only if nobody else changed it since it was read."""
    rows = Assembly.objects.filter(pk=assembly.pk, version=assembly.version)
    if not rows.update(**columns, version=F("version") + 1):
        raise EditedMeanwhile.of(assembly)
    assembly.refresh_from_db()


def _key(assembly: Assembly) -> str:
    return f"{assembly.own_key}/r{assembly.revision}"


def _state(old: str, new: str) -> dict[str, tuple[str, str]]:
    return {"state": (AssemblyState(old).label, AssemblyState(new).label)}  # type: ignore[dict-item]


def _plain(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"
