"""What orders name and Setup does not map: shown in Setup, and named in the issue by the store's own words."""

from collections.abc import Iterable

from channels.remote import RemoteName, RemoteOrder
from channels.services.mappings import mapping_key, note_locations, note_payment_methods, note_tax_names
from inventory_sync.lib.text import clip
from orders.enums import IssueCode
from orders.models import OrderIssue
from orders.services.plan import OrderPlan
from orders.services.setup import CaptureSetup, tax_keys, taxed_parts


def name_unmapped(plan: OrderPlan, setup: CaptureSetup) -> None:
    """Tax names, payment methods and locations of the plan's issues; no query where there is nothing to name."""
    name_tax(plan.remote, plan.issues, setup)
    methods = _names(plan.issues, IssueCode.PAYMENT_UNMAPPED)
    if methods:
        note_payment_methods(setup.channel, methods)
    places = _names(plan.issues, IssueCode.LOCATION_UNMAPPED)
    if places:
        _rename(plan.issues, IssueCode.LOCATION_UNMAPPED, note_locations(setup.channel, places))


def name_tax(remote: RemoteOrder, issues: Iterable[OrderIssue], setup: CaptureSetup) -> None:
    """Issues of tax carry the store's names; what Setup does not show yet is added to it, once, so it can be mapped."""
    labels = {key: mapping.label for key, mapping in setup.tax_mappings.items()}
    new = _unknown_tax(remote, setup)
    if new:
        labels |= note_tax_names(setup.channel, new)
    _rename(issues, IssueCode.TAX_UNMAPPED, labels)


def _unknown_tax(remote: RemoteOrder, setup: CaptureSetup) -> list[RemoteName]:
    """Names of the order's tax keys that Setup does not show; the store's own where the order says them.

    A key that no list of the store has and that others stand behind is a combination of rates.
    """
    said = {mapping_key(name.key): name for name in remote.tax_names}
    new: dict[str, RemoteName] = {}
    for part in taxed_parts(remote):
        *nearer, last = tax_keys(part)
        new |= {key: said.get(key) or RemoteName(key=key, label=key, kind="rate") for key in nearer}
        new[last] = said.get(last) or RemoteName(key=last, label=last)
    return [name for key, name in new.items() if key not in setup.tax_mappings]


def _names(issues: Iterable[OrderIssue], code: IssueCode) -> list[RemoteName]:
    return [RemoteName(key=issue.key, label=issue.label) for issue in issues if issue.code == code]


def _rename(issues: Iterable[OrderIssue], code: IssueCode, labels: dict[str, str]) -> None:
    for issue in issues:
        if issue.code == code:
            issue.label = clip(labels[issue.key], 500)
