"""The checkout's form: from its fields to an order draft, with every refusal named."""

from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from sandbox.db import Json
from sandbox.woocommerce.orders.drafts import CARD, DEFAULT_ADDRESS, PICKUP, shipping_methods
from sandbox.woocommerce.orders.goods import number_of_sku
from sandbox.woocommerce.orders.records import ADDRESS_FIELDS
from sandbox.woocommerce.sites import Site

COUNTRIES = (("DE", "Germany"), ("AT", "Austria"), ("FR", "France"), ("GB", "United Kingdom"), ("US", "United States"))
FIELDS = (
    ("first_name", "First name"),
    ("last_name", "Last name"),
    ("company", "Company"),
    ("email", "Email"),
    ("phone", "Phone"),
    ("address_1", "Street and number"),
    ("address_2", "Address line 2"),
    ("postcode", "Postal code"),
    ("city", "City"),
    ("state", "State or region"),
)
REQUIRED = frozenset({"first_name", "last_name", "email", "address_1", "postcode", "city"})
FIRST_LINES, MOST_LINES = 3, 60


@dataclass
class LineFields:
    code: str = ""
    quantity: str = "1"


@dataclass
class OrderForm:
    """What the form shows again when something is missing."""

    lines: list[LineFields]
    values: dict[str, str]
    ship_elsewhere: bool = False
    errors: list[str] = field(default_factory=list)


def blank_form(code: str, quantity: str) -> OrderForm:
    """Filled with an example shopper, so that a demo order takes two clicks."""
    lines = [LineFields(code, quantity or "1"), *(LineFields() for _ in range(FIRST_LINES - 1))]
    values = {f"billing_{name}": str(DEFAULT_ADDRESS[name]) for name in ADDRESS_FIELDS}
    values.update({f"shipping_{name}": "" for name in ADDRESS_FIELDS}, shipping_country="DE")
    values.update(customer_id="0", coupon="", note="", shipping_method="", payment_method=CARD[0])
    return OrderForm(lines, values)


def sent_form(fields: "MultiDict[str, str]") -> OrderForm:
    form = blank_form("", "1")
    pairs = zip(fields.getlist("code"), fields.getlist("quantity"), strict=False)
    form.lines = [LineFields(code.strip(), amount.strip()) for code, amount in pairs][:MOST_LINES]
    form.values = {name: str(fields.get(name, "")).strip() for name in form.values}
    form.ship_elsewhere = "ship_elsewhere" in fields
    if fields.get("do") == "more":
        form.lines += [LineFields() for _ in range(FIRST_LINES)]
    return form


def draft_of(site: Site, form: OrderForm, user_agent: str) -> Json:
    """The draft of what was sent; what is wrong is put into ``form.errors``."""
    customer = form.values["customer_id"]
    draft: Json = {
        "lines": _lines(site, form),
        "customer_id": int(customer) if customer.isdigit() else 0,
        "shipping_method": form.values["shipping_method"] or shipping_methods(site)[0][1],
        "payment_method": form.values["payment_method"],
        "coupon": form.values["coupon"] or None,
        "note": form.values["note"],
        "user_agent": user_agent,
    }
    if draft["customer_id"] == 0:
        draft["billing_address"] = _address(form, "billing", "Your details")
    if form.ship_elsewhere and not picked_up(site, form):
        draft["shipping_address"] = _address(form, "shipping", "Delivery address")
    return draft


def picked_up(site: Site, form: OrderForm) -> bool:
    kinds = {title: kind for kind, title, *_ in shipping_methods(site)}
    return kinds.get(form.values["shipping_method"]) in (PICKUP, "pickup_location")


def _lines(site: Site, form: OrderForm) -> list[Json]:
    found: list[Json] = []
    for number, line in enumerate(form.lines, 1):
        if not line.code:
            continue
        if not line.quantity.isascii() or not line.quantity.isdigit() or int(line.quantity) < 1:
            form.errors.append(f"Line {number}: the quantity must be a whole number above zero.")
            continue
        entry: Json = {"quantity": int(line.quantity)}
        if line.code.startswith("#") and line.code[1:].isascii() and line.code[1:].isdigit():
            entry["product_id"] = int(line.code[1:])
        elif number_of_sku(site, line.code):
            entry["sku"] = line.code
        else:
            form.errors.append(f"Line {number}: nothing has the SKU {line.code}.")
            continue
        found.append(entry)
    if not found and not form.errors:
        form.errors.append("Enter at least one SKU.")
    return found


def _address(form: OrderForm, prefix: str, where: str) -> Json:
    values = {name: form.values.get(f"{prefix}_{name}", "") for name in ADDRESS_FIELDS}
    names = dict(FIELDS)
    optional = {"email"} if prefix == "shipping" else set()
    for name in sorted(REQUIRED - optional):
        if not values[name]:
            form.errors.append(f"{where}: {names[name]} is missing.")
    return values


def customers(site: Site) -> list[tuple[int, str]]:
    registered = [
        (person["id"], f"{person['first_name']} {person['last_name']} ({person['email']})".strip())
        for person in site.all("customer")
        if person["role"] == "customer"
    ]
    return [(0, "Guest"), *registered]


def payment_methods(site: Site) -> list[tuple[str, str]]:
    """Those that the store has switched on, and a card."""
    found = {body["slug"]: body["title"] for body in site.all("gateway") if body["enabled"]}
    return list({**dict([CARD]), **found}.items())
