"""The nightly proof: levels and allocations are the sums of the ledger, or an activity says which are not (INV-3)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.enums import Outcome
from inventory.models import Location, Product, Run
from inventory.queries.lists import STOCK_PROOF
from inventory.queries.proof import Difference, allocation_differences, level_differences
from inventory.services import runs
from inventory.services.runs import ItemOutcome
from inventory.services.stock_repair import confirm_differences

_MOST_SHOWN = 500


def prove_stock(*, now: datetime) -> Run:
    """Compare, then report; nothing is repaired. At most 500 differences are listed, the message counts them all.

    The activity and its result are one transaction, so a proof that is cut short leaves none that never ends (JOB-2).
    """
    differences = confirm_differences([*level_differences(), *allocation_differences()])
    message = (
        _("%(count)s figures differ from the ledger.") % {"count": len(differences)}
        if differences
        else _("Stock levels and allocations are the sums of the ledger.")
    )
    outcomes = _outcomes(differences[:_MOST_SHOWN])
    with transaction.atomic():
        run = runs.start_run(kind=STOCK_PROOF, title=_("Proof of stock"), user=None, now=now)
        return runs.record_step(
            run, outcomes=outcomes, cursor={}, total=len(outcomes), message=message, finished=True, now=now
        )


def _outcomes(differences: list[Difference]) -> list[ItemOutcome]:
    products = Product.objects.only("sku").in_bulk({each.product_id for each in differences})
    places = Location.objects.in_bulk({each.location_id for each in differences})
    return [
        ItemOutcome(
            key=f"{each.product_id}/{each.location_id}/{each.owner_key}/{each.column}",
            label=f"{products[each.product_id].sku}, {places[each.location_id].name}",
            outcome=Outcome.FAILED,
            reason=_("%(column)s is %(stored)s, the ledger says %(ledger)s. `audit_stock --repair` sets it right.")
            % {
                "column": each.column,
                "stored": f"{each.stored.normalize():f}",
                "ledger": f"{each.ledger.normalize():f}",
            },
        )
        for each in differences
    ]
