"""What the dialog of one product asks about its previews."""

from catalog.models import ListingItem
from catalog.queries import plans
from channels.models import Channel
from inventory.enums import Outcome, RunState
from inventory.models import Product, Run, RunItem, User

_LOOKED_AT = 30


def unit_of(product: Product, item: ListingItem | None) -> str:
    """Key of the rows of previews this product is in: its own, or its family's."""
    if item is not None:
        listing = item.listing
        return f"f{listing.family_id}" if listing.family_id else f"p{listing.product_id}"
    return f"f{product.family_id}" if product.family_id else f"p{product.pk}"


def plan_for(channel: Channel, product_id: int, user: User) -> Run | None:
    """The newest preview of listing one product this person asked for, where it is of this one and was not dropped."""
    mine = plans.plans(channel).filter(kind=plans.LIST, started_by=user, options__has_key=plans.ALONE)
    newest = mine.first()
    if newest is None or newest.options.get("product_ids") != [product_id] or newest.state == RunState.CANCELLED:
        return None
    return newest


def last_refusal(channel: Channel, unit: str) -> RunItem | None:
    """What the store said when it last refused to list, update, hide or remove it; None once something succeeded."""
    recent = plans.plans(channel).exclude(state=RunState.PLANNED).values_list("pk", flat=True)[:_LOOKED_AT]
    rows = RunItem.objects.filter(run__in=list(recent), key=unit, outcome__in=[Outcome.FAILED, Outcome.DONE])
    newest = rows.select_related("run").order_by("-run_id").first()
    return newest if newest is not None and newest.outcome == Outcome.FAILED else None
