"""The Setup form: every option with its help and its default; mappings are rows of the same form."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.enums import AssemblyMode, CaptureDateBasis, CaptureWhen, FulfillmentMode, InvoiceMode, TaxKind
from channels.forms.choosing import BookField, MappingField, MappingRow, customer_label, find_customer
from channels.models import Channel, ChannelSettings, TaxMapping
from channels.registry import platform_spec
from channels.services.mappings import MappingChoices
from channels.services.setup import CHANNEL_COLUMNS, SetupChoices
from inventory.enums import AccountClass, RecordStatus
from inventory.models import Account, Customer, Location, PriceTier, SalesRepresentative, TaxRule
from inventory_sync.lib.text import fold

EXCEPTIONS = (TaxKind.CHARGE, TaxKind.RATE)
"""Tax names that need a rule only where it is another one than that of their class (SPEC TAX-9)."""
MOST_EXCEPTIONS = 50
"""Of them without a rule on one page: some stores have thousands of rates."""
_VALUES = (
    "capture_when regular_price_tier sale_price_tier fulfillment_mode location default_location update_stock "
    "use_buffer buffer company_in_address capture_date_basis invoice_mode revenue_account sales_representative "
    "name poll_minutes read_only list_as_draft store_is_master assembly_mode"
).split()


class SetupForm(forms.Form):
    """`version` is the setup's when the page was opened (APP-13)."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=200, help_text=gettext_lazy("How staff see this store.")
    )
    capture_when = forms.ChoiceField(
        label=gettext_lazy("Capture order when it is"),
        choices=CaptureWhen.choices,
        help_text=gettext_lazy(
            "Earlier means stock is allocated sooner. An order counts once it has reached this. Default: Paid."
        ),
    )
    capture_date_basis = forms.ChoiceField(
        label=gettext_lazy("Date of a sale"),
        choices=CaptureDateBasis.choices,
        help_text=gettext_lazy("What sale and invoice carry. Default: the day the order reached the condition above."),
    )
    customer = forms.CharField(
        label=gettext_lazy("Customer"),
        required=False,
        max_length=300,
        help_text=gettext_lazy(
            "Used when an order has no customer. Without one, orders stay in Pending. Type a name or an email. "
            "Default: none."
        ),
        widget=forms.TextInput(attrs={"list": "customers", "autocomplete": "off"}),
    )
    regular_price_tier = BookField(
        label=gettext_lazy("Regular price tier"),
        queryset=PriceTier.objects.all(),
        required=True,
        empty_label=None,
        help_text=gettext_lazy("Regular prices are downloaded into it and listed from it. Default: Tier 1."),
    )
    sale_price_tier = BookField(
        label=gettext_lazy("Sale price tier"),
        queryset=PriceTier.objects.all(),
        required=True,
        empty_label=None,
        help_text=gettext_lazy("Sale prices are downloaded into it and listed from it. Default: Tier 2."),
    )
    fulfillment_mode = forms.ChoiceField(
        label=gettext_lazy("Pick, pack and ship mode"),
        choices=FulfillmentMode.choices,
        help_text=gettext_lazy(
            "Automatic stages stop at the first one that lacks stock for the full quantity. Default: Draft order."
        ),
    )
    location = BookField(
        label=gettext_lazy("Link store to location"),
        queryset=Location.objects.none(),
        empty_label=gettext_lazy("All locations"),
        help_text=gettext_lazy(
            "All locations sends the sum. One location limits what the store may sell. Default: All locations."
        ),
    )
    default_location = BookField(
        label=gettext_lazy("Default location for online sales"),
        queryset=Location.objects.none(),
        empty_label=gettext_lazy("Choose a location"),
        help_text=gettext_lazy(
            "Sales are shipped from here unless the order says otherwise. Default: the organization’s location."
        ),
    )
    receives_stock = forms.ChoiceField(
        label=gettext_lazy("Send quantities to"),
        required=False,
        help_text=gettext_lazy("The store’s location that gets our quantities. Default: its first location."),
    )
    update_stock = forms.BooleanField(
        label=gettext_lazy("Update stock levels in the store"),
        required=False,
        help_text=gettext_lazy(
            "Our quantities overwrite the store’s whenever available changes. It is switched on by confirming a "
            "preview of the first push. Default: off."
        ),
    )
    use_buffer = forms.BooleanField(
        label=gettext_lazy("Use buffer inventory"),
        required=False,
        help_text=gettext_lazy("Keep some units back from this store. Default: off."),
    )
    buffer = forms.IntegerField(
        label=gettext_lazy("Buffer inventory"),
        required=False,
        min_value=0,
        max_value=1_000_000,
        help_text=gettext_lazy("Units kept back of every product without a buffer of its own. Default: 0."),
    )
    assembly_mode = forms.ChoiceField(
        label=gettext_lazy("Process auto-assembly as"),
        choices=AssemblyMode.choices,
        help_text=gettext_lazy(
            "How many of a product that is built when sold an order makes: what is missing at the sale’s location, or "
            "always what was ordered. Default: for minimum quantity required for picking."
        ),
    )
    list_as_draft = forms.BooleanField(
        label=gettext_lazy("List products as draft"),
        required=False,
        help_text=gettext_lazy("Products that we create in the store are hidden there at first. Default: off."),
    )
    store_is_master = forms.BooleanField(label=gettext_lazy("Use the store as master source"), required=False)
    company_in_address = forms.BooleanField(
        label=gettext_lazy("Add company to address"),
        required=False,
        help_text=gettext_lazy("The company’s name is added to the address line of an order. Default: off."),
    )
    invoice_mode = forms.ChoiceField(
        label=gettext_lazy("Invoice status"),
        choices=InvoiceMode.choices,
        help_text=gettext_lazy("Authorized invoices get their number at once and can be paid. Default: Draft."),
    )
    revenue_account = BookField(
        label=gettext_lazy("Optional revenue account"),
        queryset=Account.objects.none(),
        empty_label=gettext_lazy("None"),
        help_text=gettext_lazy("Wins over the accounts of product and customer. Default: none."),
    )
    sales_representative = BookField(
        label=gettext_lazy("Sales representative"),
        queryset=SalesRepresentative.objects.none(),
        empty_label=gettext_lazy("The store’s name"),
        help_text=gettext_lazy("Put on every sale of this store. Default: the store’s name."),
    )
    poll_minutes = forms.IntegerField(
        label=gettext_lazy("Look for changed orders every"),
        min_value=5,
        max_value=1440,
        help_text=gettext_lazy("Minutes, at least 5. Finds what no notice told us. Default: 60."),
    )
    read_only = forms.BooleanField(
        label=gettext_lazy("Read-only"),
        required=False,
        help_text=gettext_lazy("Orders are captured, nothing is written to the store. Default: off."),
    )

    def __init__(self, channel: Channel, *args: Any, may_change: bool = True, rates: str = "", **kwargs: Any) -> None:
        self.channel = channel
        self.rates = rates
        """What tax rates are looked for by."""
        self.setup = channel.settings
        kwargs["initial"] = _initial(channel, channel.settings)
        super().__init__(*args, **kwargs)
        self._offer("location", Location)
        self._offer("default_location", Location)
        self._offer("revenue_account", Account, account_class=AccountClass.REVENUE)
        self._offer("sales_representative", SalesRepresentative)
        if not self.setup.update_stock:
            self.fields["update_stock"].disabled = True
        self._add_rows()
        self.fields["store_is_master"].help_text = _master_words(channel)
        search = {"hx-get": reverse("channels:customers"), "hx-trigger": "input changed delay:250ms"}
        self.fields["customer"].widget.attrs |= {**search, "hx-target": "#customers", "hx-swap": "innerHTML"}
        if not may_change:
            for field in self.fields.values():
                field.disabled = True

    def _offer(self, name: str, model: Any, **filters: Any) -> None:
        """Active rows, and the chosen one whatever its state."""
        chosen = getattr(self.setup, f"{name}_id")
        active = model.objects.filter(status=RecordStatus.ACTIVE, **filters)
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 (all of them are)
        field.queryset = active | model.objects.filter(pk=chosen) if chosen else active

    def _add_rows(self) -> None:
        self._rows: dict[str, list[Any]] = {
            "tax": self._tax_rows(),
            "payment": list(self.channel.payment_mappings.select_related("account")),
            "place": list(self.channel.location_mappings.select_related("location")),
        }
        books: dict[str, tuple[str, Any, str]] = {
            "tax": ("rule", TaxRule.objects.all(), _("Choose a rule")),
            "payment": ("account", Account.objects.filter(accepts_payments=True), _("No account")),
            "place": ("location", Location.objects.all(), _("Not mapped")),
        }
        for kind, (column, book, empty) in books.items():
            rows = self._rows[kind]
            if not rows:
                continue
            ours = list(book)
            for row in rows:
                none = _("As its tax class") if getattr(row, "kind", "") in EXCEPTIONS else empty
                self.fields[f"{kind}-{row.pk}"] = MappingField(getattr(row, column), ours, none, label=row.label)
        places = [(str(row.pk), row.label) for row in self._rows["place"]]
        if not places:
            del self.fields["receives_stock"]
            return
        receiver = self.fields["receives_stock"]
        assert isinstance(receiver, forms.ChoiceField)  # noqa: S101
        receiver.choices = places
        self.initial["receives_stock"] = next((str(row.pk) for row in self._rows["place"] if row.receives_stock), "")
        if not self.initial["receives_stock"]:
            receiver.choices = [("", _("Choose a location")), *places]

    def _tax_rows(self) -> list[TaxMapping]:
        """All classes; of charges and rates those with a rule and the first without; when saving, those that were sent.

        `left_out` counts the others.
        """
        classes: list[TaxMapping] = []
        others: list[TaxMapping] = []
        for row in self.channel.tax_mappings.select_related("rule"):
            (others if row.kind in EXCEPTIONS else classes).append(row)
        if self.is_bound:
            shown = [row for row in others if f"tax-{row.pk}" in self.data]
        else:
            found = [row for row in others if not row.rule_id and fold(self.rates) in fold(row.label)]
            first = {row.pk for row in found[:MOST_EXCEPTIONS]}
            shown = [row for row in others if row.rule_id or row.pk in first]
        self.left_out = len(others) - len(shown)
        return [*classes, *shown]

    @cached_property
    def tax(self) -> list[MappingRow]:
        """What has to be mapped."""
        return [each for each in self._mapping_rows("tax", "rule_id") if each.row.kind not in EXCEPTIONS]

    @cached_property
    def tax_exceptions(self) -> list[MappingRow]:
        """Charges and rates: mapped only where their rule is another one than their class's."""
        return [each for each in self._mapping_rows("tax", "rule_id") if each.row.kind in EXCEPTIONS]

    @property
    def shows_exceptions(self) -> bool:
        """Whether somebody uses them, looks for them or has to correct them."""
        return bool(self.rates) or any(each.is_mapped or each.field.errors for each in self.tax_exceptions)

    @cached_property
    def payments(self) -> list[MappingRow]:
        return self._mapping_rows("payment", "account_id")

    @cached_property
    def places(self) -> list[MappingRow]:
        return self._mapping_rows("place", "location_id")

    def _mapping_rows(self, kind: str, column: str) -> list[MappingRow]:
        return [
            MappingRow(row=row, field=self[f"{kind}-{row.pk}"], is_mapped=getattr(row, column) is not None)
            for row in self._rows[kind]
        ]

    def clean_customer(self) -> Customer | None:
        text: str = self.cleaned_data["customer"].strip()
        return find_customer(text) if text else None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("location") and "default_location" not in self.errors and not data.get("default_location"):
            self.add_error("default_location", _("Choose one: the store is not linked to a single location."))
        if data.get("use_buffer") and data.get("update_stock") and data.get("buffer") is None:
            self.add_error("buffer", _("How many units are kept back?"))
        return data

    def choices(self) -> SetupChoices:
        """What was typed, as the service wants it."""
        data = self.cleaned_data
        values = {name: data[name] for name in _VALUES}
        values["customer"] = data["customer"]
        values["buffer"] = data["buffer"] if data["buffer"] is not None else self.setup.buffer
        if not data["update_stock"]:
            values["use_buffer"] = self.setup.use_buffer  # hidden then, and it counts for updates by hand (A58)
        if self.setup.store_is_master is None and values["store_is_master"] == self.initial["store_is_master"]:
            values["store_is_master"] = None
        receiver = data.get("receives_stock")
        return SetupChoices(
            values=values,
            mappings=MappingChoices(
                tax=self._chosen("tax"),
                payments=self._chosen("payment"),
                locations=self._chosen("place"),
                receives_stock=int(receiver) if receiver else None,
            ),
        )

    def _chosen(self, kind: str) -> dict[int, int | None]:
        return {row.pk: self.cleaned_data[f"{kind}-{row.pk}"] for row in self._rows[kind]}

    def label_of(self, column: str) -> str:
        """A setting's name as the page has it, for what somebody else changed."""
        field = self.fields.get(column)
        return str(field.label) if field and field.label else column


def _initial(channel: Channel, setup: ChannelSettings) -> dict[str, Any]:
    initial = {name: getattr(channel if name in CHANNEL_COLUMNS else setup, name) for name in _VALUES}
    initial["version"] = setup.version
    if setup.store_is_master is None:
        initial["store_is_master"] = platform_spec(channel.platform).content.store_is_master
    initial["customer"] = customer_label(setup.customer) if setup.customer else ""
    return initial


def _master_words(channel: Channel) -> str:
    """SET-22, A14: what of a product is the store's then."""
    words = {"brand": _("brands"), "category": _("categories"), "description": _("descriptions")}
    content = platform_spec(channel.platform).content
    names = _(" and ").join(words[name] for name in sorted(content.of_master))
    text = _(
        "Its %(names)s are not sent, and ours follow the store’s when products are downloaded. Off: ours stay as they "
        "are. Default: %(default)s."
    )
    return text % {"names": names, "default": _("on") if content.store_is_master else _("off")}
