"""Reference books (SPEC INV-10): saving one entry, and the one default among locations and among payment terms."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from inventory.enums import RecordStatus
from inventory.models import Location, PaymentTerm, TaxComponent, TaxRule, User
from inventory.models.books import NamedRecord
from inventory.services import audit
from inventory.signals import locations_changed
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.text import clip, fold

Record = TypeVar("Record", bound=NamedRecord)
Book = TypeVar("Book", bound=Model)

_NAME_LENGTH = 256


class BookRefused(ProductError):
    """An entry cannot be saved; `field` names the column whose value is in the way."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def save_entry(entry: Book, *, columns: Mapping[str, Any], user: User | None, now: datetime) -> Book:
    """Create or change one entry of a book. `is_default` is not a column here: see `make_default`."""
    is_new = entry.pk is None or entry._state.adding
    old = {} if is_new else _values(type(entry)._default_manager.get(pk=entry.pk), columns)
    for name, value in columns.items():
        setattr(entry, name, value)
    _refuse_idle_default(entry)
    try:
        with transaction.atomic():
            entry.save(force_insert=is_new)
            changes = audit.difference(old, _values(entry, columns))
            if changes:
                action = _("Added") if is_new else _("Changed")
                audit.record(user=user, action=action, obj=entry, changes=changes, now=now)
            if isinstance(entry, Location) and "status" in changes and not is_new:
                locations_changed.send(sender=Location, location_ids=frozenset({entry.pk}))
    except IntegrityError as error:
        raise _taken(entry) from error
    return entry


def make_default(entry: Location | PaymentTerm, *, user: User | None, now: datetime) -> None:
    """Make this the one default. Two at once: the database keeps one, the other is told to try again."""
    model: type[Location | PaymentTerm] = type(entry)
    try:
        with transaction.atomic():
            old = model._default_manager.filter(is_default=True).exclude(pk=entry.pk).first()
            model._default_manager.filter(is_default=True).exclude(pk=entry.pk).update(is_default=False)
            changed = model._default_manager.filter(pk=entry.pk, is_default=False, status=RecordStatus.ACTIVE).update(
                is_default=True
            )
            if changed:
                changes = {"default": (str(old) if old else None, str(entry))}
                audit.record(user=user, action=_("Made it the default"), obj=entry, changes=changes, now=now)
            elif not model._default_manager.filter(pk=entry.pk, is_default=True).exists():
                raise BookRefused(_("Only an active entry can be the default."), field="is_default")
    except IntegrityError as error:
        raise BookRefused(_("Somebody else is changing the default. Try again."), field="is_default") from error
    entry.refresh_from_db()


def save_components(
    rule: TaxRule, *, components: Sequence[Mapping[str, Any]], user: User | None, now: datetime
) -> None:
    """Make these the components of a tax rule; each has name, rate and compound."""
    wanted = {str(component["name"]): component for component in components}
    if len(wanted) < len(components):
        raise BookRefused(_("Each component needs a name of its own."), field="components")
    with transaction.atomic():
        old = [_component_words(row.name, row.rate, compound=row.compound) for row in rule.components.all()]
        new = [_component_words(name, row["rate"], compound=row["compound"]) for name, row in wanted.items()]
        if old == new:
            return
        rule.components.all().delete()
        TaxComponent.objects.bulk_create(
            TaxComponent(rule=rule, name=name, rate=row["rate"], compound=row["compound"])
            for name, row in wanted.items()
        )
        changes = {"components": (old, new)}
        audit.record(user=user, action=_("Changed tax components"), obj=rule, changes=changes, now=now)


def ensure_named(names: Iterable[str], *, model: type[Record]) -> dict[str, Record]:
    """Entries of these names, made where missing, by folded name; safe when several do it at once.

    Empty names are left out, names too long for the column are clipped.
    """
    wanted: dict[str, str] = {}
    for name in names:
        label = clip(name.strip(), _NAME_LENGTH).strip()
        if label:
            wanted.setdefault(fold(label), label)
    found = _by_key(model, wanted)
    missing = [label for key, label in wanted.items() if key not in found]
    if missing:
        model._default_manager.bulk_create(
            [model(name=label, name_key=fold(label)) for label in missing], ignore_conflicts=True
        )
        found = _by_key(model, wanted)
    return found


def _by_key(model: type[Record], keys: Iterable[str]) -> dict[str, Record]:
    return {entry.name_key: entry for entry in model._default_manager.filter(name_key__in=list(keys))}


def _values(entry: Model, columns: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in columns}


def _refuse_idle_default(entry: Model) -> None:
    if isinstance(entry, Location | PaymentTerm) and entry.is_default and entry.status != RecordStatus.ACTIVE:
        raise BookRefused(_("This is the default. Make another one the default first."), field="status")


def _taken(entry: Model) -> BookRefused:
    if isinstance(entry, NamedRecord):
        return BookRefused(_("“%(name)s” is there already.") % {"name": entry.name}, field="name")
    return BookRefused(_("“%(entry)s” is there already.") % {"entry": entry}, field="")


def _component_words(name: str, rate: Any, *, compound: bool) -> str:
    return f"{name} {Decimal(rate).normalize():f} %" + (" +" if compound else "")
