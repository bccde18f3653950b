"""What the inventory registers when Django starts."""

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _

from inventory import documents
from inventory.documents import DocumentLink
from inventory.enums import Tone
from inventory.models import Assembly, Customer, Family, Product, Stocktake, Transfer
from inventory.queries import lists, purchases, reorder
from inventory.queries.search import matching
from inventory.registry import Figure, RailEntry, SearchHit, Viewer, WorkItem, registry
from inventory.services import imports_kinds, stocktakes, transfers
from inventory.services.adjustments import DOCUMENT_PREFIX

OPENING_PREFIX = "opening"
"""Documents that say what was there at the start."""
_HITS = 20
OPERATOR = {
    "inventory.add_product", "inventory.change_product", "inventory.add_family", "inventory.change_family",
    "inventory.add_category", "inventory.change_category", "inventory.add_brand", "inventory.change_brand",
    "inventory.add_tag", "inventory.change_tag", "inventory.add_customer", "inventory.change_customer",
    "inventory.add_purchase", "inventory.change_purchase", "inventory.view_purchase", "inventory.receive_purchase",
    "inventory.add_assembly", "inventory.change_assembly",
    "inventory.adjust_stock", "inventory.import_product", "inventory.change_run",
}  # fmt: skip


def connect() -> None:
    """Idempotent."""
    registry.operator_permissions |= OPERATOR
    documents.register(DOCUMENT_PREFIX, _adjustments)
    documents.register(OPENING_PREFIX, _openings)
    documents.register(transfers.DOCUMENT_PREFIX, _transfers)
    documents.register(stocktakes.DOCUMENT_PREFIX, _stocktakes)
    documents.register("purchase", purchases.purchase_links)
    documents.register("assembly", _assemblies)
    imports_kinds.connect(page="inventory:import")
    for providers, provider in (
        (registry.rail, _rail),
        (registry.search_providers, _search),
        (registry.dashboard_work, _work),
        (registry.dashboard_work, _low),
        (registry.dashboard_figures, _figures),
    ):
        if provider not in providers:
            providers.append(provider)  # type: ignore[arg-type]


def _adjustments(numbers: Iterable[str]) -> dict[str, DocumentLink]:
    page = reverse("inventory:movements")
    return {number: DocumentLink(label=number, url=f"{page}?document={DOCUMENT_PREFIX}:{number}") for number in numbers}


def _transfers(numbers: Iterable[str]) -> dict[str, DocumentLink]:
    found = Transfer.objects.filter(number__in=list(numbers)).values_list("number", "pk")
    return {number: DocumentLink(label=number, url=reverse("inventory:transfer", args=[pk])) for number, pk in found}


def _stocktakes(numbers: Iterable[str]) -> dict[str, DocumentLink]:
    found = Stocktake.objects.filter(number__in=list(numbers)).values_list("number", "pk")
    return {number: DocumentLink(label=number, url=reverse("inventory:stocktake", args=[pk])) for number, pk in found}


def _assemblies(numbers: Iterable[str]) -> dict[str, DocumentLink]:
    found = Assembly.objects.filter(number__in=list(numbers)).values_list("number", "pk")
    return {number: DocumentLink(label=number, url=reverse("inventory:assembly", args=[pk])) for number, pk in found}


def _openings(names: Iterable[str]) -> dict[str, DocumentLink]:
    page = reverse("inventory:movements")
    return {
        name: DocumentLink(label=_("Opening stock"), url=f"{page}?document={OPENING_PREFIX}:{name}") for name in names
    }


def _rail(user: Viewer) -> Iterable[RailEntry]:
    places = (
        ("inventory.view_product", "main", _("Products"), "inventory:products", "products", 20),
        ("inventory.view_stocklevel", "main", _("Stock"), "inventory:stock", "stock", 30),
        ("inventory.view_purchase", "main", _("Purchases"), "inventory:purchases", "truck", 35),
        ("inventory.view_customer", "main", _("Customers"), "inventory:customers", "customers", 40),
        ("inventory.view_run", "system", _("Activity"), "inventory:activity", "activity", 10),
        ("inventory.view_organization", "system", _("Reference books"), "inventory:books", "settings", 80),
    )
    for permission, section, label, name, icon, order in places:
        if user.has_perm(permission):
            yield RailEntry(section=section, label=label, url=reverse(name), icon=icon, order=order)


def _search(user: Viewer, text: str) -> Iterable[SearchHit]:
    """Products by SKU and name, families and customers by name, purchase orders by number (SPEC APP-10)."""
    if user.has_perm("inventory.view_product"):
        rows = matching(Product.objects.only("sku", "name"), text).order_by("sku_key")[:_HITS]
        for product in rows:
            url = reverse("inventory:product", args=[product.pk])
            yield SearchHit(kind=_("Products"), label=product.name, sub_label=product.sku, url=url)
    if user.has_perm("inventory.view_family"):
        for family in matching(Family.objects.only("name"), text, column="name_key").order_by("name")[:_HITS]:
            url = reverse("inventory:family", args=[family.pk])
            yield SearchHit(kind=_("Families"), label=family.name, sub_label="", url=url)
    if user.has_perm("inventory.view_purchase"):
        for purchase in purchases.found(text, most=_HITS):
            url = reverse("inventory:purchase", args=[purchase.pk])
            yield SearchHit(kind=_("Purchases"), label=purchase.number, sub_label=purchase.supplier.name, url=url)
    if user.has_perm("inventory.view_customer"):
        for customer in matching(Customer.objects.only("name", "email"), text).order_by("name")[:_HITS]:
            url = reverse("inventory:customer", args=[customer.pk])
            yield SearchHit(kind=_("Customers"), label=customer.name, sub_label=customer.email, url=url)


def _work(user: Viewer) -> Iterable[WorkItem]:
    if not user.has_perm("inventory.view_stocklevel"):
        return
    unproved = lists.last_proof_with_differences()
    if unproved is not None:
        yield WorkItem(
            tone=Tone.BAD,
            title=_("Stock figures differ from the ledger"),
            detail=unproved.message,
            url=reverse("inventory:run", args=[unproved.pk]),
            count=unproved.failed,
        )
    count = lists.oversold_count()
    if count:
        yield WorkItem(
            tone=Tone.BAD,
            title=_("Oversold products"),
            detail=_("More is promised than there is on hand."),
            url=reverse("inventory:oversold"),
            count=count,
        )


def _low(user: Viewer) -> Iterable[WorkItem]:
    count = reorder.low_count() if user.has_perm("inventory.view_reorderlevel") else 0
    if count:
        yield WorkItem(
            tone=Tone.WARN,
            title=_("Low stock"),
            detail=_("At or below the reorder level, and not enough on order."),
            url=f"{reverse('inventory:low_stock')}?state=to_order",
            count=count,
        )


def _figures(user: Viewer) -> Iterable[Figure]:
    if user.has_perm("inventory.view_product"):
        count, capped = lists.product_count()
        yield Figure(
            label=_("Products"), value=f"{count}+" if capped else str(count), url=reverse("inventory:products")
        )
