"""Deciding who a customer of the store is (A56): link, create, ignore. No customer is merged by this."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from catalog.enums import ConflictDecision
from catalog.models import CustomerConflict, CustomerLink
from catalog.services.customer_download import create_customer, fingerprint, update_customer
from catalog.services.customers import link, remote_of
from channels.models import Channel
from inventory.enums import RecordStatus
from inventory.models import Customer, User
from inventory.services import audit
from inventory_sync.lib.errors import ProductError


class CustomerRefused(ProductError):
    """The decision cannot be carried out; nothing has changed."""


def decide_customer(
    channel: Channel,
    *,
    conflict_id: int,
    decision: str,
    customer: Customer | None = None,
    user: User | None,
    now: datetime,
) -> Customer | None:
    """Carried out at once: who is linked is found by every later download and order.

    An empty decision takes back an ignored one. Raises CustomerRefused, CustomerConflict.DoesNotExist.
    """
    with transaction.atomic():
        row = CustomerConflict.objects.select_for_update().get(pk=conflict_id, channel=channel)
        if decision in (ConflictDecision.IGNORE, ""):
            CustomerConflict.objects.filter(pk=row.pk).update(decision=decision)
            _record(row, decision, None, user, now)
            return None
        remote = remote_of(row.details)
        if decision == ConflictDecision.CREATE:
            chosen = create_customer(remote, user=user, now=now)
        else:
            chosen = _linkable(channel, row, customer)
            update_customer(chosen, remote, user=user, now=now)
        linked = link(channel, row.remote_id, chosen, fingerprint=fingerprint(remote))
        if linked.pk != chosen.pk:
            words = _("It was linked to %(name)s (#%(number)s) meanwhile.")
            raise CustomerRefused(words % {"name": linked.name, "number": linked.pk})
        _record(row, decision, chosen, user, now)
        row.delete()
    return chosen


def _linkable(channel: Channel, row: CustomerConflict, customer: Customer | None) -> Customer:
    if customer is None or customer.status != RecordStatus.ACTIVE:
        raise CustomerRefused(_("Choose an active customer."))
    others = CustomerLink.objects.filter(channel=channel, customer=customer).exclude(remote_id=row.remote_id)
    if others.exclude(remote_id__contains="/").exists():
        words = _("%(name)s (#%(number)s) is linked to another customer of this store already.")
        raise CustomerRefused(words % {"name": customer.name, "number": customer.pk})
    return customer


def _record(row: CustomerConflict, decision: str, chosen: Customer | None, user: User | None, now: datetime) -> None:
    audit.record(
        user=user,
        action=_("Decided who a customer is") if decision else _("Took back a decision"),
        obj=row,
        changes={"decision": (row.decision or None, decision or None), "customer": (None, chosen)},
        scope_key=row.channel.scope_key,
        now=now,
    )
