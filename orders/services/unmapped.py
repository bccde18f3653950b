"""What orders name and Setup does not map: shown in Setup, and named in the issue by the store's own words."""

from channels.models import LocationMapping, PaymentMapping, TaxMapping
from channels.services.mappings import note_unknown
from orders.enums import IssueCode
from orders.services.plan import OrderPlan
from orders.services.setup import CaptureSetup


def name_unmapped(plan: OrderPlan, setup: CaptureSetup) -> None:
    """Tax classes, payment methods and locations of the plan's issues; no query where there are none."""
    _name_tax(plan, setup)
    _name_payments(plan, setup)
    _name_locations(plan, setup)


def label_tax_keys(setup: CaptureSetup, keys: list[str]) -> dict[str, str]:
    """The store's names of tax keys; keys that Setup does not show yet are added to it, unmapped."""
    known = dict(
        TaxMapping.objects.filter(channel=setup.channel, remote_key__in=keys).values_list("remote_key", "label")
    )
    new = {key: key for key in keys if key not in known}
    if new:
        note_unknown(setup.channel, tax=new)
    return {**new, **known}


def _keys(plan: OrderPlan, code: IssueCode) -> dict[str, str]:
    return {issue.key: issue.label for issue in plan.issues if issue.code == code}


def _name_tax(plan: OrderPlan, setup: CaptureSetup) -> None:
    keys = _keys(plan, IssueCode.TAX_UNMAPPED)
    if keys:
        _rename(plan, IssueCode.TAX_UNMAPPED, label_tax_keys(setup, list(keys)))


def _name_payments(plan: OrderPlan, setup: CaptureSetup) -> None:
    methods = _keys(plan, IssueCode.PAYMENT_UNMAPPED)
    if methods:
        rows = PaymentMapping.objects.filter(channel=setup.channel, remote_key__in=methods)
        known = set(rows.values_list("remote_key", flat=True))
        note_unknown(setup.channel, payments={key: label for key, label in methods.items() if key not in known})


def _name_locations(plan: OrderPlan, setup: CaptureSetup) -> None:
    places = _keys(plan, IssueCode.LOCATION_UNMAPPED)
    if places:
        rows = LocationMapping.objects.filter(channel=setup.channel, remote_key__in=places)
        labels = dict(rows.values_list("remote_key", "label"))
        note_unknown(setup.channel, locations={key: label for key, label in places.items() if key not in labels})
        _rename(plan, IssueCode.LOCATION_UNMAPPED, {**places, **labels})


def _rename(plan: OrderPlan, code: IssueCode, labels: dict[str, str]) -> None:
    for issue in plan.issues:
        if issue.code == code:
            issue.label = labels[issue.key]
