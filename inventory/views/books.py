"""Reference books: one list and one form for all of them (SPEC INV-10), the organization and numbering (INV-17)."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.forms import modelform_factory
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inventory.enums import DocumentKind
from inventory.forms.books import ComponentSet, EntryForm, NumberingForm, OrganizationForm
from inventory.models import (
    Account,
    Brand,
    Carrier,
    Category,
    DocumentNumber,
    Location,
    PaymentTerm,
    PriceTier,
    SalesRepresentative,
    Supplier,
    Tag,
    TaxRule,
    Unit,
)
from inventory.models.books import NamedRecord
from inventory.queries import organization as the_organization
from inventory.queries.search import matching
from inventory.services import books, organization
from inventory.services.stale import EditedMeanwhile
from inventory.views import parameters
from inventory_sync.lib.access import requires
from inventory_sync.lib.errors import ProductError
from inventory_sync.lib.paging import page_of


@dataclass(frozen=True, kw_only=True)
class Book:
    """How one book is shown and edited. `columns` are shown in the list after the name."""

    slug: str
    model: type[Model]
    title: Any
    one: Any
    help: Any
    fields: tuple[str, ...]
    columns: tuple[str, ...] = ()
    has_default: bool = False
    can_add: bool = True
    main: str = field(default="name")

    @property
    def searched(self) -> str:
        return "name_key" if issubclass(self.model, NamedRecord) else "name"

    def permission(self, action: str) -> str:
        return f"inventory.{action}_{self.model._meta.model_name}"


_NAMED = ("name", "status")
BOOKS = {
    book.slug: book
    for book in (
        Book(
            slug="price-tiers",
            model=PriceTier,
            title=gettext_lazy("Price tiers"),
            one=gettext_lazy("price tier"),
            help=gettext_lazy("Ten price lists. Stores take their prices from the tiers that their setup names."),
            fields=("name", "currency", "includes_tax"),
            columns=("number", "currency", "includes_tax"),
            can_add=False,
        ),
        Book(
            slug="tax-rules",
            model=TaxRule,
            title=gettext_lazy("Tax rules"),
            one=gettext_lazy("tax rule"),
            help=gettext_lazy("Names under which the stores’ tax amounts are kept. Amounts are never recomputed."),
            fields=("name", "rate", "inclusive", "liability_account", "status"),
            columns=("rate", "inclusive", "status"),
        ),
        Book(
            slug="accounts",
            model=Account,
            title=gettext_lazy("Accounts"),
            one=gettext_lazy("account"),
            help=gettext_lazy("The chart of accounts: revenue of sales, accounts that accept payments."),
            fields=("code", "name", "account_class", "accepts_payments", "status"),
            columns=("name", "account_class", "accepts_payments", "status"),
            main="code",
        ),
        Book(
            slug="payment-terms",
            model=PaymentTerm,
            title=gettext_lazy("Payment terms"),
            one=gettext_lazy("payment term"),
            help=gettext_lazy("When an invoice is due. One is the default for customers without their own."),
            fields=("name", "method", "days", "status"),
            columns=("method", "days", "status"),
            has_default=True,
        ),
        Book(
            slug="locations",
            model=Location,
            title=gettext_lazy("Locations"),
            one=gettext_lazy("location"),
            help=gettext_lazy("Where stock lies. Exactly one is the default."),
            fields=("name", "code", "address", "priority", "status"),
            columns=("code", "priority", "status"),
            has_default=True,
        ),
        Book(
            slug="carriers",
            model=Carrier,
            title=gettext_lazy("Carriers"),
            one=gettext_lazy("carrier"),
            help=gettext_lazy("Who takes parcels. The tracking address makes a link of every tracking number."),
            fields=("name", "tracking_url", "status"),
            columns=("tracking_url", "status"),
        ),
        Book(
            slug="sales-representatives",
            model=SalesRepresentative,
            title=gettext_lazy("Sales representatives"),
            one=gettext_lazy("sales representative"),
            help=gettext_lazy("Named on customers and sales."),
            fields=("name", "email", "status"),
            columns=("email", "status"),
        ),
        Book(
            slug="suppliers",
            model=Supplier,
            title=gettext_lazy("Suppliers"),
            one=gettext_lazy("supplier"),
            help=gettext_lazy("Whom you buy from; products name theirs."),
            fields=("name", "email", "phone", "status"),
            columns=("email", "phone", "status"),
        ),
        Book(
            slug="categories",
            model=Category,
            title=gettext_lazy("Categories"),
            one=gettext_lazy("category"),
            help=gettext_lazy("One flat level. A download adds those of the store."),
            fields=_NAMED,
            columns=("status",),
        ),
        Book(
            slug="brands",
            model=Brand,
            title=gettext_lazy("Brands"),
            one=gettext_lazy("brand"),
            help=gettext_lazy("A download adds those of the store."),
            fields=_NAMED,
            columns=("status",),
        ),
        Book(
            slug="tags",
            model=Tag,
            title=gettext_lazy("Tags"),
            one=gettext_lazy("tag"),
            help=gettext_lazy("Free words that gather products."),
            fields=_NAMED,
            columns=("status",),
        ),
        Book(
            slug="units",
            model=Unit,
            title=gettext_lazy("Units"),
            one=gettext_lazy("unit"),
            help=gettext_lazy("Units of measure, such as piece or box."),
            fields=_NAMED,
            columns=("status",),
        ),
    )
}


def _book(request: HttpRequest, slug: str, action: str) -> Book:
    if slug not in BOOKS:
        raise Http404
    book = BOOKS[slug]
    if not request.user.has_perm(book.permission(action)):
        raise PermissionDenied
    return book


def _frame(request: HttpRequest, slug: str) -> dict[str, Any]:
    visible = [book for book in BOOKS.values() if request.user.has_perm(book.permission("view"))]
    return {"books": visible, "slug": slug}


@requires("inventory.view_organization")
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return redirect("inventory:organization")


@requires("inventory.view_account")
@require_safe
def book_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Entries of one book; columns are the model's own, in its own words."""
    book = _book(request, slug, "view")
    query = parameters.text(request)
    columns = [book.model._meta.get_field(name) for name in book.columns]
    rows = matching(book.model._default_manager.all(), query, column=book.searched)
    page = page_of(request, rows)
    context = {
        **_frame(request, slug),
        "book": book,
        "q": query,
        "page": page,
        "heads": [getattr(column, "verbose_name", "") for column in columns],
        "rows": [(entry, str(getattr(entry, book.main)), _cells(entry, book.columns)) for entry in page],
        "can_add": book.can_add and request.user.has_perm(book.permission("add")),
        "can_change": request.user.has_perm(book.permission("change")),
    }
    return render(request, "inventory/book.html", context)


def _cells(entry: Model, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = []
    for name in columns:
        column, value = entry._meta.get_field(name), getattr(entry, name)
        if getattr(column, "choices", None) and name != "number":
            value = getattr(entry, f"get_{name}_display")()
        elif isinstance(value, bool):
            value = _("Yes") if value else _("No")
        elif isinstance(value, Decimal):
            value = f"{value.normalize():f}"
        cells.append({"head": getattr(column, "verbose_name", ""), "value": value, "is_status": name == "status"})
    return cells


@requires("inventory.view_account")
@require_http_methods(["GET", "HEAD", "POST"])
def new_entry(request: HttpRequest, slug: str) -> HttpResponse:
    book = _book(request, slug, "add")
    if not book.can_add:
        raise Http404
    return _answer(request, book, None)


@requires("inventory.view_account")
@require_http_methods(["GET", "HEAD", "POST"])
def edit_entry(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    book = _book(request, slug, "change")
    return _answer(request, book, get_object_or_404(book.model, pk=pk))


def _answer(request: HttpRequest, book: Book, entry: Any) -> HttpResponse:
    form_class = modelform_factory(book.model, form=EntryForm, fields=book.fields)
    form = form_class(request.POST or None, instance=entry)
    components = None
    if book.model is TaxRule:
        initial = list(entry.components.values("name", "rate", "compound")) if entry else []
        components = ComponentSet(request.POST or None, prefix="components", initial=initial)
    if request.method == "POST" and form.is_valid() & (components is None or components.is_valid()):
        saved = _save_entry(request, form, components, entry or book.model())
        if saved is not None:
            messages.success(request, _("%(entry)s is saved.") % {"entry": saved})
            return redirect("inventory:book", book.slug)
    context = {**_frame(request, book.slug), "book": book, "form": form, "entry": entry, "components": components}
    return render(request, "inventory/book_entry.html", context)


def _save_entry(request: HttpRequest, form: Any, components: Any, entry: Any) -> Model | None:
    user, now = parameters.staff(request), timezone.now()
    try:
        saved: Model = books.save_entry(entry, columns=form.columns(), user=user, now=now)
        if isinstance(saved, TaxRule) and components is not None:
            rows = [row for row in components.cleaned_data if row.get("name")]
            books.save_components(saved, components=rows, user=user, now=now)
    except books.BookRefused as error:
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return None
    return saved


@requires("inventory.view_account")
@require_POST
def make_default(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Switches the one default of locations or payment terms."""
    book = _book(request, slug, "change")
    if not book.has_default:
        raise Http404
    entry: Any = get_object_or_404(book.model, pk=pk)
    try:
        books.make_default(entry, user=parameters.staff(request), now=timezone.now())
        messages.success(request, _("%(entry)s is the default now.") % {"entry": entry})
    except books.BookRefused as error:
        messages.error(request, error.message)
    return redirect("inventory:book", slug)


@requires("inventory.view_organization")
@require_http_methods(["GET", "HEAD", "POST"])
def organization_page(request: HttpRequest) -> HttpResponse:
    """The organization; beside it how documents are numbered."""
    current = the_organization()
    can_change = request.user.has_perm("inventory.change_organization")
    if request.method == "POST" and not can_change:
        raise PermissionDenied
    form = OrganizationForm(request.POST or None, instance=current)
    if request.method == "POST" and form.is_valid():
        try:
            organization.save_organization(
                current,
                columns=form.columns(),
                version=form.cleaned_data["version"],
                user=parameters.staff(request),
                now=timezone.now(),
            )
            messages.success(request, _("The organization is saved."))
            return redirect("inventory:organization")
        except EditedMeanwhile as error:
            form.add_error(None, error.message)
    kinds = dict(DocumentKind.choices)
    counters = [
        (row, kinds.get(row.kind, row.kind), NumberingForm(instance=row, prefix=row.kind))
        for row in DocumentNumber.objects.order_by("kind")
    ]
    context = {
        **_frame(request, "organization"),
        "form": form,
        "counters": counters,
        "can_change": can_change,
        "version": the_organization().version,
    }
    return render(request, "inventory/organization.html", context)


@requires("inventory.change_organization")
@require_POST
def numbering(request: HttpRequest, kind: str) -> HttpResponse:
    counter = get_object_or_404(DocumentNumber, kind=kind)
    form = NumberingForm(request.POST, instance=counter, prefix=kind)
    if form.is_valid():
        try:
            organization.save_numbering(
                counter,
                prefix=form.cleaned_data["prefix"],
                next_number=form.cleaned_data["next_number"],
                user=parameters.staff(request),
                now=timezone.now(),
            )
            messages.success(request, _("Numbering is saved."))
        except ProductError as error:
            messages.error(request, error.message)
    else:
        messages.error(request, _("Enter a prefix of at most 12 characters and a whole number."))
    return redirect("inventory:organization")
