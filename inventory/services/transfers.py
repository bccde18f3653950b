"""Goods from one location to another: drafted, then moved in one posting, undone by its mirror rows (SPEC INV-6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from inventory.enums import DocumentKind, PostingKind, RecordStatus, TransferState
from inventory.models import Location, Product, StockLevel, StockPosting, Transfer, TransferLine, User
from inventory.services import audit, stock
from inventory.services.locks import at_places, lock_levels
from inventory.services.numbers import next_number
from inventory.services.stale import EditedMeanwhile
from inventory.services.stock import StockShort
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.quantities import ZERO, quantize
from inventory_sync.lib.text import clip

DOCUMENT_PREFIX = "transfer"
MOST_LINES = 500
_UNNUMBERED = "draft-"
_SHOWN = 5


class TransferRefused(ProductError):
    """The transfer cannot be saved or moved like this. Nothing has moved."""


@dataclass(frozen=True, kw_only=True)
class TransferDraft:
    """What a transfer says. `lines`: product id → quantity above zero."""

    source: Location
    target: Location
    note: str
    lines: Mapping[int, Decimal]


def save_transfer(
    transfer: Transfer | None, *, draft: TransferDraft, version: int | None = None, user: User | None, now: datetime
) -> Transfer:
    """Create or change a draft. Raises TransferRefused, EditedMeanwhile."""
    _check(draft)
    with transaction.atomic():
        saved = _claimed(transfer, version) if transfer else _new(draft, now)
        old = {} if transfer is None else _facts(saved)
        saved.source, saved.target, saved.note = draft.source, draft.target, clip(draft.note, 500)
        saved.save(update_fields=["source", "target", "note"])
        saved.lines.all().delete()
        TransferLine.objects.bulk_create(
            TransferLine(transfer=saved, product_id=product_id, quantity=quantity)
            for product_id, quantity in draft.lines.items()
        )
        changes = audit.difference(old, _facts(saved))
        if changes:
            action = _("Changed the transfer") if transfer else _("Drafted the transfer")
            audit.record(user=user, action=action, obj=saved, changes=changes, now=now)
    return saved


def complete_transfer(transfer: Transfer, *, version: int | None = None, user: User | None, now: datetime) -> Transfer:
    """Move it. Units that are allocated or picked at the source stay there (TransferRefused says which).

    Raises TransferRefused, StockShort, EditedMeanwhile.
    """
    with transaction.atomic():
        done = _claimed(transfer, version)
        lines = list(done.lines.select_related("product").order_by("pk"))
        if not lines:
            raise TransferRefused(_("There is nothing to move. Add a product first."))
        _refuse_idle([done.source, done.target])
        places = [(line.product_id, place) for line in lines for place in (done.source_id, done.target_id)]
        lock_levels(places)
        _refuse_held(done, lines)
        if done.number.startswith(_UNNUMBERED):
            done.number = next_number(DocumentKind.TRANSFER)
        stock.change_stock(
            [
                stock.StockChange(product_id=line.product_id, location_id=place, quantity=sign * line.quantity)
                for line in lines
                for place, sign in ((done.source_id, -1), (done.target_id, 1))
            ],
            key=_key(done),
            kind=PostingKind.TRANSFER,
            document_key=done.own_key,
            at=now,
            user=user,
            note=done.note,
        )
        _turn(done, TransferState.DONE, done_at=now, number=done.number)
        _record(done, _("Moved the transfer"), user=user, now=now)
    return done


def undo_transfer(transfer: Transfer, *, version: int | None = None, user: User | None, now: datetime) -> Transfer:
    """Bring it back by the mirror rows; it is a draft again. Raises TransferRefused where the goods are gone."""
    with transaction.atomic():
        undone = _claimed(transfer, version, state=TransferState.DONE)
        try:
            stock.reverse_posting(_key(undone), key=f"{_key(undone)}/undo", at=now, user=user, note=undone.note)
        except StockShort as error:
            raise TransferRefused(
                _("It cannot be undone: the goods are no longer all at %(place)s. %(short)s")
                % {"place": undone.target, "short": error.message},
                detail=error.detail,
            ) from error
        _turn(undone, TransferState.DRAFT, done_at=None, revision=F("revision") + 1)
        _record(undone, _("Undid the transfer"), user=user, now=now)
    return undone


def void_transfer(transfer: Transfer, *, version: int | None = None, user: User | None, now: datetime) -> Transfer:
    """Give a draft up; its number stays. Raises TransferRefused where it has moved, EditedMeanwhile."""
    with transaction.atomic():
        voided = _claimed(transfer, version)
        _turn(voided, TransferState.VOIDED)
        _record(voided, _("Voided the transfer"), user=user, now=now)
    return voided


def move_at_once(draft: TransferDraft, *, user: User | None, now: datetime) -> Transfer:
    """Draft and move in one transaction, as a file does. Raises as `save_transfer` and `complete_transfer`."""
    with transaction.atomic():
        return complete_transfer(save_transfer(None, draft=draft, user=user, now=now), user=user, now=now)


def free_at(location: Location, product_ids: Sequence[int]) -> dict[int, Decimal]:
    """On hand that neither a sale holds nor a pick has taken: what may leave this location; never below zero."""
    levels = StockLevel.objects.filter(at_places([(product_id, location.pk) for product_id in product_ids]))
    free = {level.product_id: level.on_hand - max(level.allocated, level.picked) for level in levels}
    return {product_id: max(ZERO, free.get(product_id, ZERO)) for product_id in product_ids}


def posting_of(transfer: Transfer) -> StockPosting | None:
    """The posting that moved it, where it is moved now."""
    return StockPosting.objects.filter(key=_key(transfer)).first() if transfer.state == TransferState.DONE else None


def _key(transfer: Transfer) -> str:
    return f"{transfer.own_key}/r{transfer.revision}"


def _new(draft: TransferDraft, now: datetime) -> Transfer:
    """It gets its number when it moves; until then it goes by `draft-7`."""
    made = Transfer.objects.create(
        number=f"{_UNNUMBERED}{uuid4().hex}", source=draft.source, target=draft.target, created_at=now, version=1
    )
    made.number = f"{_UNNUMBERED}{made.pk}"
    made.save(update_fields=["number"])
    return made


def _claimed(transfer: Transfer, version: int | None, *, state: TransferState = TransferState.DRAFT) -> Transfer:
    """One conditional UPDATE decides between two people; the row is ours until the transaction ends."""
    seen = transfer.version if version is None else version
    mine = Transfer.objects.filter(pk=transfer.pk, state=state, version=seen).update(version=F("version") + 1)
    fresh = Transfer.objects.select_related("source", "target").get(pk=transfer.pk)
    if mine:
        return fresh
    if fresh.state != state:
        raise TransferRefused(
            _("Transfer %(number)s is %(state)s by now.")
            % {"number": fresh, "state": fresh.get_state_display().lower()}
        )
    raise EditedMeanwhile.of(fresh)


def _turn(transfer: Transfer, state: TransferState, **columns: Any) -> None:
    Transfer.objects.filter(pk=transfer.pk).update(state=state, **columns)
    transfer.refresh_from_db()


def _check(draft: TransferDraft) -> None:
    if draft.source.pk == draft.target.pk:
        raise TransferRefused(_("Choose two different locations."))
    _refuse_idle([draft.source, draft.target])
    if not draft.lines:
        raise TransferRefused(_("Enter at least one product."))
    if len(draft.lines) > MOST_LINES:
        raise TransferRefused(_("A transfer has at most 500 products. Make several."))
    if any(quantize(quantity) <= 0 for quantity in draft.lines.values()):
        raise TransferRefused(_("Quantities are above zero."))
    services = [each.sku for each in Product.objects.in_bulk(list(draft.lines)).values() if not each.is_stocked]
    if services:
        raise TransferRefused(
            _("Only stock products can be moved, not %(skus)s.") % {"skus": ", ".join(services[:_SHOWN])}
        )


def _refuse_idle(locations: Sequence[Location]) -> None:
    idle = next((place for place in locations if place.status != RecordStatus.ACTIVE), None)
    if idle is not None:
        raise TransferRefused(_("Location “%(name)s” is deprecated.") % {"name": idle.name})


def _refuse_held(transfer: Transfer, lines: Sequence[TransferLine]) -> None:
    free = free_at(transfer.source, [line.product_id for line in lines])
    short = [line for line in lines if line.quantity > free[line.product_id]]
    if not short:
        return
    parts = [
        _("%(sku)s: %(wanted)s to move, %(free)s free")
        % {"sku": line.product.sku, "wanted": _plain(line.quantity), "free": _plain(free[line.product_id])}
        for line in short[:_SHOWN]
    ]
    more = _(" and %(count)s more") % {"count": len(short) - _SHOWN} if len(short) > _SHOWN else ""
    raise TransferRefused(
        _("At %(place)s there is not enough that no sale holds. %(parts)s%(more)s.")
        % {"place": transfer.source.name, "parts": "; ".join(parts), "more": more}
    )


def _facts(transfer: Transfer) -> dict[str, Any]:
    lines = transfer.lines.select_related("product").order_by("pk")
    return {
        "source": str(transfer.source),
        "target": str(transfer.target),
        "note": transfer.note,
        "lines": [f"{line.product.sku} × {_plain(line.quantity)}" for line in lines],
    }


def _record(transfer: Transfer, action: str, *, user: User | None, now: datetime) -> None:
    audit.record(user=user, action=action, obj=transfer, changes={"state": ("", transfer.state)}, now=now)


def _plain(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"
