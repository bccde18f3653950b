"""Merging customers that are one (SPEC INV-11). There is no way back: documents then name the one that was kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import F, ForeignObjectRel
from django.utils.translation import gettext as _

from inventory.enums import RecordStatus
from inventory.models import Address, Contact, Customer, User
from inventory.services import audit
from inventory.services.customer_details import address_key
from inventory.services.stale import EditedMeanwhile
from inventory.signals import customers_merged
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.text import fold

MOST = 20
"""Customers that one merge takes."""
FIELDS = (
    "name", "company", "email", "phone", "currency", "price_tier", "terms", "tax_rule", "revenue_account",
    "sales_representative", "discount", "tax_number", "comments",
)  # fmt: skip


class MergeRefused(ProductError):
    """These customers cannot be merged so; nothing has changed."""


@dataclass(frozen=True, kw_only=True)
class FieldChoice:
    """A field that differs; `values` are (customer id, value, in words), the kept one's first."""

    name: str
    label: str
    values: Sequence[tuple[int, Any, str]]
    chosen: int
    """Customer whose value is proposed: the kept one's, else the first that says something."""


@dataclass(frozen=True, kw_only=True)
class MergePreview:
    kept: Customer
    others: Sequence[Customer]
    moves: Sequence[tuple[str, int]]
    """(what, how many) that will belong to the kept one."""
    fields: Sequence[FieldChoice]


def preview_merge(kept: Customer, others: Sequence[Customer]) -> MergePreview:
    """What a merge would move and which fields differ. One statement for each table that names customers."""
    ids = [other.pk for other in others]
    moves = [
        (str(relation.related_model._meta.verbose_name_plural), count)
        for relation in _relations()
        if (count := _rows(relation, ids).count())
    ]
    return MergePreview(kept=kept, others=others, moves=moves, fields=_choices([kept, *others]))


def _choices(customers: Sequence[Customer]) -> list[FieldChoice]:
    choices = []
    for name in FIELDS:
        column = Customer._meta.get_field(name)
        values: list[tuple[int, Any, str]] = []
        for customer in customers:
            raw, shown = getattr(customer, _attname(name)), getattr(customer, name)
            is_empty = raw in (None, "") or (name == "discount" and not raw)
            if not is_empty and raw not in [value for _pk, value, _words in values]:
                values.append((customer.pk, raw, str(shown)))
        if len(values) > 1 or (values and values[0][0] != customers[0].pk):
            label = str(getattr(column, "verbose_name", name))
            choices.append(FieldChoice(name=name, label=label, values=values, chosen=values[0][0]))
    return choices


def merge_customers(
    kept: Customer,
    others: Sequence[Customer],
    *,
    take: Mapping[str, int] | None = None,
    versions: Mapping[int, int] | None = None,
    user: User | None,
    now: datetime,
) -> Customer:
    """Everything that names one of the others names `kept` afterwards; they stay as deprecated, merged into it.

    `take`: field → the customer whose value it shall have; else empty fields are filled. Again it changes nothing; two
    at once come one after the other. Raises MergeRefused, EditedMeanwhile where a version is not that of `versions`.
    """
    gone_ids = sorted({other.pk for other in others} - {kept.pk})
    if not gone_ids or len(gone_ids) >= MOST:
        raise MergeRefused(_("Choose two to %(most)s customers.") % {"most": MOST})
    with transaction.atomic():
        rows = _locked([kept.pk, *gone_ids])
        saved = rows[kept.pk]
        gone = [rows[pk] for pk in gone_ids if rows[pk].merged_into_id != kept.pk]
        _check(saved, gone, versions or {})
        if not gone:
            return saved
        changes = _take_fields(saved, gone, take or {})
        moved = _move_all(saved, [row.pk for row in gone])
        _close(gone, saved)
        saved.version += 1
        saved.save()
        _record(saved, gone, changes, moved, user, now)
        customers_merged.send(sender=Customer, kept_id=saved.pk, gone_ids=frozenset(row.pk for row in gone))
    return saved


def _locked(ids: Sequence[int]) -> dict[int, Customer]:
    """Writing them in one order first: a second merge waits, then sees what the first has done."""
    for pk in sorted(ids):
        Customer.objects.filter(pk=pk).update(version=F("version"))
    rows = Customer.objects.in_bulk(ids)
    if len(rows) != len(set(ids)):
        raise MergeRefused(_("One of these customers is no longer there."))
    return rows


def _check(kept: Customer, gone: Sequence[Customer], versions: Mapping[int, int]) -> None:
    for row in (kept, *gone):
        if row.merged_into_id is not None:
            words = _("%(name)s (#%(number)s) has been merged into another customer already.")
            raise MergeRefused(words % {"name": row.name, "number": row.pk})
    if not gone:
        return
    for row in (kept, *gone):
        if versions.get(row.pk, row.version) != row.version:
            raise EditedMeanwhile.of(row)


def _take_fields(kept: Customer, gone: Sequence[Customer], take: Mapping[str, int]) -> dict[str, tuple[Any, Any]]:
    by_id = {row.pk: row for row in (kept, *gone)}
    changes: dict[str, tuple[Any, Any]] = {}
    for choice in _choices([kept, *gone]):
        source = by_id.get(take.get(choice.name, choice.chosen))
        if source is None or source.pk == kept.pk:
            continue
        old, new = getattr(kept, choice.name), getattr(source, choice.name)
        if old != new:
            changes[choice.name] = (old, new)
            setattr(kept, choice.name, new)
    return changes


def _attname(name: str) -> str:
    return getattr(Customer._meta.get_field(name), "attname", name)


# --- what moves


def _relations() -> Iterator[ForeignObjectRel]:
    """Every foreign key to customers of any floor, hidden ones too; contacts and addresses are told apart."""
    for relation in Customer._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and not relation.many_to_many:
            yield relation


def _rows(relation: ForeignObjectRel, ids: Sequence[int]) -> models.QuerySet[Any]:
    return relation.related_model._default_manager.filter(**{f"{relation.field.name}__in": ids})


def _move_all(kept: Customer, ids: Sequence[int]) -> dict[str, int]:
    moved: dict[str, int] = {}
    _move_contacts(kept, ids)
    _move_addresses(kept, ids)
    for relation in _relations():
        if relation.related_model in (Contact, Address):
            continue
        count = _rows(relation, ids).update(**{relation.field.name: kept})
        if count:
            moved[str(relation.related_model._meta.verbose_name_plural)] = count
    return moved


def _move_contacts(kept: Customer, ids: Sequence[int]) -> None:
    """The same name and e-mail once; the kept one's default stays the default."""
    own = list(Contact.objects.filter(customer=kept))
    seen = {(fold(row.name), fold(row.email)) for row in own}
    has_default = any(row.is_default for row in own)
    for row in Contact.objects.filter(customer_id__in=ids).order_by("-is_default", "pk"):
        key = (fold(row.name), fold(row.email))
        if key in seen:
            row.delete()
            continue
        seen.add(key)
        row.customer, row.is_default = kept, row.is_default and not has_default
        has_default = has_default or row.is_default
        row.save(update_fields=["customer", "is_default"])


def _move_addresses(kept: Customer, ids: Sequence[int]) -> None:
    """The same place once for each type; one default a type, the kept one's where it has one."""
    own = list(Address.objects.filter(customer=kept))
    seen = {(row.type, address_key(row)) for row in own}
    defaults = {row.type for row in own if row.is_default}
    for row in Address.objects.filter(customer_id__in=ids).order_by("-is_default", "pk"):
        key = (row.type, address_key(row))
        if key in seen:
            row.delete()
            continue
        seen.add(key)
        row.customer, row.is_default = kept, row.is_default and row.type not in defaults
        defaults |= {row.type} if row.is_default else set()
        row.save(update_fields=["customer", "is_default"])


def _close(gone: Sequence[Customer], kept: Customer) -> None:
    closed = Customer.objects.filter(pk__in=[row.pk for row in gone], merged_into__isnull=True)
    count = closed.update(status=RecordStatus.DEPRECATED, merged_into=kept, version=F("version") + 1)
    if count != len(gone):
        raise MergeRefused(_("Somebody merged one of these customers at the same time. Look again."))


def _record(
    kept: Customer,
    gone: Sequence[Customer],
    changes: Mapping[str, tuple[Any, Any]],
    moved: Mapping[str, int],
    user: User | None,
    now: datetime,
) -> None:
    words = [f"{row.name} (#{row.pk})" for row in gone]
    moves = [f"{count} {name}" for name, count in moved.items()]
    entries = [
        audit.Entry(
            action=_("Merged customers"), obj=kept, changes={"merged": (None, words), "moved": (None, moves), **changes}
        ),
        *(
            audit.Entry(
                action=_("Merged into another customer"),
                obj=row,
                changes={"merged into": (None, f"{kept.name} (#{kept.pk})")},
            )
            for row in gone
        ),
    ]
    audit.record_many(entries, user=user, now=now)
