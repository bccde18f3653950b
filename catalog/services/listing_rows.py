"""What a preview of listing says of one unit: list, update, link, nothing to change, or left out, and why (NEW-2)."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.queries.levels import SyncQuantity
from catalog.queries.plans import FieldChange, Will
from catalog.services.desired import Sending, content_print, desired_of, tax_keys
from catalog.services.differences import QUANTITY, VARIATION, all_fields, differences, matched, words_of
from catalog.services.drafts import fingerprint
from catalog.services.units import Unit
from channels.remote import DesiredProduct, RemoteProduct
from inventory.enums import Outcome, RecordStatus
from inventory.services.runs import ItemOutcome
from inventory_sync.lib.text import clip, fold

_LONGEST = 1000
"""Characters of a store's words that are kept with a row."""
_OUTCOMES = {Will.NOTHING: Outcome.NOTHING, Will.SKIP: Outcome.SKIPPED}


@dataclass(frozen=True, kw_only=True)
class Planning:
    """What the rows of one step are made of."""

    sending: Sending
    levels: Mapping[int, SyncQuantity]
    remotes: Mapping[str, RemoteProduct]
    """Products of the store that were read, by id."""
    by_sku: Mapping[str, Sequence[RemoteProduct]]
    """The same by the folded SKUs of their variants."""
    linked: frozenset[str] = frozenset()
    """Ids of those that are linked in this channel."""
    visible: bool = True
    relist: bool = False


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row of a preview before it is stored."""

    will: Will
    changes: Sequence[FieldChange] = ()
    notes: Sequence[str] = ()
    reason: str = ""
    fix: tuple[str, str] = ("", "")
    """Label and address of the page where the cause is fixed."""
    before: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    fingerprint: str = ""

    def outcome(self, *, key: str, label: str) -> ItemOutcome:
        after = {"will": self.will.value, "changes": [each.as_json() for each in self.changes]}
        after |= {"notes": [clip(note, _LONGEST) for note in self.notes]} if self.notes else {}
        before = {name: clip(each, _LONGEST) if isinstance(each, str) else each for name, each in self.before.items()}
        return ItemOutcome(
            key=key,
            label=label,
            outcome=_OUTCOMES.get(self.will, Outcome.PENDING),
            reason=self.reason,
            fix_label=self.fix[0],
            fix_url=self.fix[1],
            before=before,
            after={**after, **self.extra},
            fingerprint=self.fingerprint,
        )


def plan_row(unit: Unit, planning: Planning) -> Row:
    """Without guessing: whatever disagrees with the store is left out and says so."""
    if not unit.products:
        return left_out(_("It has no active variation."), page_of(unit))
    if unit.listing is None:
        found = _namesakes(unit, planning)
        return _link_row(unit, planning, found) if found else _create_row(unit, planning)
    if planning.relist:
        return _create_row(unit, planning)
    remote = planning.remotes.get(unit.remote_id)
    if remote is None:
        return _again(_("The store does not have it any more. Remove the link and list it again."), unit)
    return _update_row(unit, planning, remote)


def left_out(reason: str, fix: tuple[str, str] = ("", "")) -> Row:
    return Row(will=Will.SKIP, reason=reason, fix=fix)


def _again(reason: str, unit: Unit) -> Row:
    """A30: the way is to remove it from the store and to list it again."""
    return Row(will=Will.SKIP, reason=reason, before={"product_id": unit.remote_id}, extra={"can_relist": True})


def page_of(unit: Unit) -> tuple[str, str]:
    if unit.family is not None:
        return _("Open the family"), reverse("inventory:family", args=[unit.family.pk])
    return _("Open the product"), reverse("inventory:product", args=[int(unit.key[1:])])


# -- listing what the store does not have


def _create_row(unit: Unit, planning: Planning) -> Row:
    active = [product for product in unit.products if product.status == RecordStatus.ACTIVE]
    if not active:
        return left_out(_("It is deprecated: only active products are listed."), page_of(unit))
    fresh = replace(unit, products=active)
    obstacle = _obstacle(fresh, planning)
    if obstacle is not None:
        return obstacle
    desired, notes = wanted(fresh, planning)
    taxes = planning.sending.taxes
    before: dict[str, Any] = {}
    if unit.listing is not None:
        before = {"product_id": unit.remote_id, "url": unit.listing.url}
        muted = [pk for pk, item in unit.items.items() if not item.sync_stock]
        before |= {"muted": muted} if muted else {}
        notes = [_("It is removed from the store first; the store gives it a new number."), *notes]
    return Row(
        will=Will.CREATE,
        changes=all_fields(desired, taxes=taxes),
        notes=[*notes, *_left_variations(unit)],
        before=before,
        fingerprint=print_of(desired, None, planning.sending),
    )


def wanted(unit: Unit, planning: Planning) -> tuple[DesiredProduct, list[str]]:
    """A new product as the store shall get it, and what there is to say about it.

    SPEC SET-18, A12, A57; what has no price goes hidden, so that nobody buys it for nothing.
    """
    desired = desired_of(unit, planning.sending, planning.levels, as_new=True)
    priceless = [each.sku or "" for each in desired.variants if each.price is None]
    notes = content_notes(unit, planning.sending)
    if priceless and planning.visible:
        notes.append(_("It is listed hidden, because no price is sent for %(skus)s.") % {"skus": _some(priceless)})
    return replace(desired, is_visible=planning.visible and not priceless), notes


def _obstacle(unit: Unit, planning: Planning) -> Row | None:
    """Why a new product cannot be made in the store."""
    sending = planning.sending
    most = sending.limits.variations
    if unit.is_family and (reason := _bad_options(unit)):
        return left_out(reason, page_of(unit))
    if most is not None and len(unit.products) > most:
        words = _("It has %(count)s variations; this platform takes at most %(most)s.")
        return left_out(words % {"count": len(unit.products), "most": most}, page_of(unit))
    if (untaxed := _untaxed(unit, sending)) is not None:
        words = _("Tax rule “%(rule)s” is mapped to no tax class of the store.") % {"rule": untaxed}
        return left_out(words, (_("Map tax"), f"{reverse('channels:setup', args=[sending.channel.pk])}#tax"))
    return None


def _bad_options(unit: Unit) -> str:
    names = unit.family.option_names() if unit.family else []
    if not names:
        return _("The family has no options: the store could not tell its variations apart.")
    lacking = [
        product.sku
        for product in unit.products
        if not all((product.option1, product.option2, product.option3)[: len(names)])
    ]
    words = _("Option values are missing: %(skus)s.")
    return words % {"skus": _some(lacking)} if lacking else ""


def _untaxed(unit: Unit, sending: Sending) -> str | None:
    rule = unit.products[0].sale_tax_rule
    return rule.name if rule is not None and not tax_keys(unit.products[0], sending) else None


def content_notes(unit: Unit, sending: Sending) -> list[str]:
    """What is not sent of it for a reason that staff can change (INV-19, A14)."""
    notes = [sending.terms.price_words] if sending.terms.price_words else []
    if unit.listing is not None and (rule := _untaxed(unit, sending)) is not None:
        notes.append(_("Tax rule “%(rule)s” is mapped to no tax class of the store; it is not sent.") % {"rule": rule})
    if unit.elsewhere:
        skus = [item.remote_sku or item.remote_id for item in unit.elsewhere]
        notes.append(_("Listed under another product of the store: %(skus)s.") % {"skus": _some(skus)})
    return notes


def _left_variations(unit: Unit) -> list[str]:
    old = [product.sku for product in unit.products if product.status != RecordStatus.ACTIVE]
    return [_("Deprecated and not listed again: %(skus)s.") % {"skus": _some(old)}] if old else []


# -- linking what the store has already


def _namesakes(unit: Unit, planning: Planning) -> list[RemoteProduct]:
    """Products of the store that have one of the unit's SKUs."""
    found: dict[str, RemoteProduct] = {}
    for product in unit.products:
        found.update((remote.id, remote) for remote in planning.by_sku.get(fold(product.sku), ()))
    return list(found.values())


def _link_row(unit: Unit, planning: Planning, found: Sequence[RemoteProduct]) -> Row:
    reason = _clash(unit, planning, found)
    if reason:
        url = reverse("catalog:download", args=[planning.sending.channel.pk])
        return left_out(reason, (_("Download products"), url))
    remote = found[0]
    desired = desired_of(unit, planning.sending, planning.levels)
    there = {variant.id for variant in remote.variants}
    joined = [each for each in matched(desired, remote).variants if each.variant_id in there]
    whole = differences(desired, remote, taxes=planning.sending.taxes)
    levels = [each for each in whole if each.field == QUANTITY]
    other = len([each for each in whole if each.field != QUANTITY])
    notes = [*content_notes(unit, planning.sending)]
    if other:
        words = ngettext("%(count)s field differs", "%(count)s fields differ", other) % {"count": other}
        notes.append(_("%(what)s and stays as it is in the store; update it afterwards.") % {"what": words})
    link = [FieldChange(field="link", label=_("Link"), old="", new=words_of(each), sku="") for each in joined]
    return Row(
        will=Will.LINK,
        changes=[*link, *levels],
        notes=notes,
        reason=_("The store has it already: %(name)s.") % {"name": remote.name},
        before={"product_id": remote.id, "name": remote.name, "url": remote.url},
        fingerprint=print_of(desired, remote, planning.sending),
    )


def _clash(unit: Unit, planning: Planning, found: Sequence[RemoteProduct]) -> str:
    """Why what the store has under these SKUs is not simply it; "" when it is."""
    taken = next((remote for remote in found if remote.id in planning.linked), None)
    if taken is not None:
        return _("“%(name)s” in the store has this SKU and is linked to another product.") % {"name": taken.name}
    if len(found) > 1:
        names = _some([f"“{remote.name}”" for remote in found])
        return _("Several products of the store have its SKUs: %(names)s.") % {"names": names}
    remote = found[0]
    if remote.is_family != unit.is_family:
        if remote.is_family:
            return _("“%(name)s” in the store has this SKU on a variation.") % {"name": remote.name}
        return _("“%(name)s” in the store has one of the SKUs and no variations.") % {"name": remote.name}
    skus = [fold(variant.sku) for variant in remote.variants if variant.sku]
    if len(skus) != len(set(skus)):
        return _("“%(name)s” in the store has a SKU twice.") % {"name": remote.name}
    return ""


# -- updating


def _update_row(unit: Unit, planning: Planning, remote: RemoteProduct) -> Row:
    sending = planning.sending
    desired = desired_of(unit, sending, planning.levels)
    changes = differences(desired, remote, taxes=sending.taxes)
    before = {"product_id": remote.id, "name": remote.name, "url": remote.url}
    fresh = [each.new for each in changes if each.field == VARIATION]
    if fresh and not sending.adds_variations:
        words = _("The store takes no new variations of a listed family: %(names)s. Remove it and list it again.")
        return _again(words % {"names": _some(fresh)}, unit)
    if fresh and (reason := _bad_options(unit)):
        return left_out(reason, page_of(unit))
    return Row(
        will=Will.UPDATE if changes else Will.NOTHING,
        changes=changes,
        notes=content_notes(unit, sending),
        before=before,
        fingerprint=print_of(desired, remote, sending),
    )


def print_of(desired: DesiredProduct, remote: RemoteProduct | None, sending: Sending) -> str:
    """Of what is to be sent and of what the store had: another one means that the row has moved."""
    store = fingerprint(remote, sending.terms) if remote is not None else ""
    return hashlib.sha256(f"{content_print(desired)}{store}".encode()).hexdigest()


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    rest = len(names) - 5
    return shown if rest <= 0 else _("%(names)s and %(count)s more") % {"names": shown, "count": rest}
