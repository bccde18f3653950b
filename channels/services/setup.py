"""Saving Setup (SET-*, TAX-1, PAY-1, SET-32): one version, one audit row, and news of what changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Model
from django.utils.translation import gettext as _

from channels.enums import ChannelState, JobKind
from channels.models import Channel, ChannelSettings, LocationMapping, PaymentMapping, TaxMapping
from channels.outbox import mark, poke
from channels.services.mappings import MappingChoices
from channels.signals import mapping_changed, settings_changed
from inventory.models import AuditEntry, User
from inventory.services import audit
from inventory_sync.lib.errors import ProductError

CHANNEL_COLUMNS = frozenset({"name", "poll_minutes", "read_only"})
"""Settings that are columns of the channel itself."""


class SetupChangedMeanwhile(ProductError):
    """APP-13: somebody saved since the page was opened; `entries` say what, `version` is theirs."""

    def __init__(self, message: str, *, entries: Sequence[AuditEntry], version: int) -> None:
        super().__init__(message)
        self.entries = entries
        self.version = version


class PreviewFirst(ProductError):
    """A13: the stock push is switched on only by confirming a preview of it."""


@dataclass(frozen=True, kw_only=True)
class SetupChoices:
    """What staff chose; only what is named changes."""

    values: Mapping[str, Any] = field(default_factory=dict)
    """Column of ChannelSettings or of CHANNEL_COLUMNS → value."""
    mappings: MappingChoices = field(default_factory=MappingChoices)


@dataclass(frozen=True, kw_only=True)
class _MappingChange:
    kind: str
    row: TaxMapping | PaymentMapping | LocationMapping
    column: str
    new: int | None
    old_label: str
    new_label: str


def save_setup(
    channel: Channel, *, choices: SetupChoices, version: int, user: User | None, now: datetime
) -> frozenset[str]:
    """Names of the settings that changed; nothing is written when none did.

    Raises SetupChangedMeanwhile and PreviewFirst.
    """
    with transaction.atomic():
        setup = ChannelSettings.objects.select_related("channel").get(channel=channel)
        changes = _value_changes(setup, choices.values)
        mapped = _mapping_changes(setup.channel, choices.mappings)
        receiver = _receiver_change(setup.channel, choices.mappings.receives_stock)
        if not (changes or mapped or receiver):
            return frozenset()
        _write_settings(setup, changes, version)
        for change in mapped:
            type(change.row).objects.filter(pk=change.row.pk).update(**{change.column: change.new})
        if receiver:
            _move_receiver(setup.channel, receiver)
        words = {name: (_word(old), _word(new)) for name, (old, new) in changes.items()}
        words |= {f"{change.kind}: {change.row.label}": (change.old_label, change.new_label) for change in mapped}
        words |= {_("quantities are sent to"): (receiver[0], receiver[1].label)} if receiver else {}
        audit.record(
            user=user,
            action=_("changed setup"),
            obj=setup,
            label=channel.name,
            changes=words,
            scope_key=channel.scope_key,
            now=now,
        )
        _tell(setup.channel, frozenset(changes), mapped, receiver is not None)
    channel.refresh_from_db()
    return frozenset(words)


def _value_changes(setup: ChannelSettings, values: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Turning the push off also ends its confirmation: the next start is previewed again. The buffer stays (A58)."""
    wanted = dict(values)
    if wanted.get("update_stock") and not setup.update_stock:
        raise PreviewFirst(_("Preview the first push to switch this on."))
    if wanted.get("update_stock") is False:
        wanted |= {"stock_preview_confirmed_at": None}
    found = {}
    for name, new in wanted.items():
        old = getattr(setup.channel if name in CHANNEL_COLUMNS else setup, name)
        if old != new:
            found[name] = (old, new)
    return found


def _write_settings(setup: ChannelSettings, changes: Mapping[str, tuple[Any, Any]], version: int) -> None:
    columns = {name: new for name, (_old, new) in changes.items() if name not in CHANNEL_COLUMNS}
    mine = ChannelSettings.objects.filter(pk=setup.pk, version=version)
    if not mine.update(version=F("version") + 1, **columns):
        raise _changed_meanwhile(setup, version)
    of_channel = {name: new for name, (_old, new) in changes.items() if name in CHANNEL_COLUMNS}
    if of_channel:
        Channel.objects.filter(pk=setup.pk).update(**of_channel)


def _changed_meanwhile(setup: ChannelSettings, version: int) -> SetupChangedMeanwhile:
    since = max(1, setup.version - version)
    entries = AuditEntry.objects.filter(object_key=audit.object_key(setup)).select_related("user").order_by("-pk")
    message = _("Not saved: somebody else changed this setup while you had it open.")
    return SetupChangedMeanwhile(message, entries=list(entries[:since]), version=setup.version)


def _word(value: Any) -> Any:
    return str(value) if isinstance(value, Model) else value


def _mapping_changes(channel: Channel, choices: MappingChoices) -> list[_MappingChange]:
    found: list[_MappingChange] = []
    tax = TaxMapping.objects.filter(channel=channel, pk__in=choices.tax).select_related("rule")
    payments = PaymentMapping.objects.filter(channel=channel, pk__in=choices.payments).select_related("account")
    places = LocationMapping.objects.filter(channel=channel, pk__in=choices.locations).select_related("location")
    for kind, column, rows, wanted in (
        ("tax", "rule", tax, choices.tax),
        ("payment", "account", payments, choices.payments),
        ("location", "location", places, choices.locations),
    ):
        found += _row_changes(kind, column=column, rows=list(rows), wanted=wanted)
    return found


def _row_changes(
    kind: str, *, column: str, rows: Sequence[Any], wanted: Mapping[int, int | None]
) -> list[_MappingChange]:
    changed = [row for row in rows if getattr(row, f"{column}_id") != wanted[row.pk]]
    if not changed:
        return []
    target = changed[0]._meta.get_field(column).remote_field.model
    labels = {row.pk: str(row) for row in target.objects.filter(pk__in=[wanted[row.pk] for row in changed])}
    return [
        _MappingChange(
            kind=kind,
            row=row,
            column=f"{column}_id",
            new=wanted[row.pk],
            old_label=str(getattr(row, column) or ""),
            new_label=labels.get(wanted[row.pk], ""),
        )
        for row in changed
    ]


def _receiver_change(channel: Channel, pk: int | None) -> tuple[str, LocationMapping] | None:
    """(label now, new row) when quantities are to go to another location of the store (SET-32)."""
    if pk is None:
        return None
    rows = {row.pk: row for row in LocationMapping.objects.filter(channel=channel)}
    now = next((row for row in rows.values() if row.receives_stock), None)
    new = rows.get(pk)
    if new is None or (now is not None and now.pk == new.pk):
        return None
    return (now.label if now else "", new)


def _move_receiver(channel: Channel, receiver: tuple[str, LocationMapping]) -> None:
    LocationMapping.objects.filter(channel=channel, receives_stock=True).update(receives_stock=False)
    LocationMapping.objects.filter(pk=receiver[1].pk).update(receives_stock=True)


def _tell(channel: Channel, changed: frozenset[str], mapped: Sequence[_MappingChange], receiver_moved: bool) -> None:
    """Inside the transaction; receivers leave marks (blocked orders resume, quantities are sent anew)."""
    channel.refresh_from_db()
    if changed:
        settings_changed.send(sender=Channel, channel=channel, changed=changed)
    keys: dict[str, set[str]] = {}
    for change in mapped:
        keys.setdefault(change.kind, set()).add(change.row.remote_key)
    if receiver_moved:
        keys.setdefault("location", set())
    for kind, remote_keys in keys.items():
        mapping_changed.send(sender=Channel, channel=channel, kind=kind, remote_keys=frozenset(remote_keys))


def confirm_stock_preview(channel: Channel, *, user: User | None, now: datetime) -> bool:
    """Staff saw the first push and want it: SET-19 is on from here (A13). False when it was on already."""
    with transaction.atomic():
        off = ChannelSettings.objects.filter(channel=channel, update_stock=False)
        if not off.update(update_stock=True, stock_preview_confirmed_at=now, version=F("version") + 1):
            return False
        setup = ChannelSettings.objects.get(channel=channel)
        audit.record(
            user=user,
            action=_("switched stock updates on"),
            obj=setup,
            label=channel.name,
            changes={"update_stock": (False, True)},
            scope_key=channel.scope_key,
            now=now,
        )
        _tell(channel, frozenset({"update_stock"}), [], receiver_moved=False)
    channel.refresh_from_db()
    return True


def pause_channel(channel: Channel, *, user: User | None, now: datetime) -> bool:
    """Nothing is asked of the store until somebody resumes; marks gather. False when it was not connected."""
    return _change_state(
        channel, old=ChannelState.CONNECTED, new=ChannelState.PAUSED, action=_("paused store"), user=user, now=now
    )


def resume_channel(channel: Channel, *, user: User | None, now: datetime) -> bool:
    """Work goes on where it stopped, with a look for what changed meanwhile."""
    resumed = _change_state(
        channel, old=ChannelState.PAUSED, new=ChannelState.CONNECTED, action=_("resumed store"), user=user, now=now
    )
    if resumed:
        mark([channel.pk], kind=JobKind.POLL, keys=["orders"])
        poke(channel.pk)
    return resumed


def _change_state(
    channel: Channel, *, old: ChannelState, new: ChannelState, action: str, user: User | None, now: datetime
) -> bool:
    with transaction.atomic():
        if not Channel.objects.filter(pk=channel.pk, state=old).update(state=new, state_reason="", closed_until=None):
            return False
        audit.record(
            user=user, action=action, obj=channel, changes={"state": (old, new)}, scope_key=channel.scope_key, now=now
        )
    channel.refresh_from_db()
    return True
