"""The order form: from its fields to an order draft, with every refusal named."""

from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from sandbox.bigcommerce.orders.lines import ADDRESS_FIELDS, DEFAULT_ADDRESS
from sandbox.bigcommerce.shops import Shop
from sandbox.db import Json

COUNTRIES = (("DE", "Germany"), ("AT", "Austria"), ("FR", "France"), ("NL", "Netherlands"), ("US", "United States"))
FIELDS = (
    ("first_name", "First name"),
    ("last_name", "Last name"),
    ("company", "Company"),
    ("email", "Email"),
    ("phone", "Phone"),
    ("street_1", "Street and number"),
    ("street_2", "Address line 2"),
    ("zip", "Postal code"),
    ("city", "City"),
    ("state", "State or region"),
)
REQUIRED = frozenset({"first_name", "last_name", "email", "street_1", "zip", "city"})
FIRST_LINES, MOST_LINES = 3, 60


@dataclass
class LineFields:
    code: str = ""
    quantity: str = "1"
    wrap: bool = False


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
    values.update({f"shipping_{name}": "" for name in ADDRESS_FIELDS}, shipping_country_iso2="DE")
    values.update(customer_id="0", coupon="", discount="", handling_cost="", note="")
    values.update(shipping_method="Standard delivery", payment_method="Credit card")
    return OrderForm(lines, values)


def sent_form(fields: "MultiDict[str, str]") -> OrderForm:
    form = blank_form("", "1")
    codes, amounts = fields.getlist("code"), fields.getlist("quantity")
    wraps = set(fields.getlist("wrap"))
    form.lines = [
        LineFields(code.strip(), amount.strip(), str(index) in wraps)
        for index, (code, amount) in enumerate(zip(codes, amounts, strict=False))
    ][:MOST_LINES]
    form.values = {name: str(fields.get(name, "")).strip() for name in form.values}
    form.ship_elsewhere = "ship_elsewhere" in fields
    if fields.get("do") == "more":
        form.lines += [LineFields() for _ in range(FIRST_LINES)]
    return form


def draft_of(shop: Shop, form: OrderForm) -> Json:
    """The draft of what was sent; what is wrong is put into ``form.errors``."""
    draft: Json = {
        "lines": _lines(shop, form),
        "customer_id": int(form.values["customer_id"] or 0),
        "shipping_method": form.values["shipping_method"],
        "payment_method": form.values["payment_method"],
        "coupon": form.values["coupon"] or None,
        "discount": form.values["discount"] or None,
        "handling_cost": form.values["handling_cost"] or None,
        "note": form.values["note"],
    }
    if draft["customer_id"] == 0:
        draft["billing_address"] = _address(form, "billing", "Your details")
    if form.ship_elsewhere:
        draft["shipping_address"] = _address(form, "shipping", "Delivery address")
    return draft


def _lines(shop: Shop, form: OrderForm) -> list[Json]:
    found: list[Json] = []
    for number, line in enumerate(form.lines, 1):
        if not line.code:
            continue
        if not line.quantity.isascii() or not line.quantity.isdigit() or int(line.quantity) < 1:
            form.errors.append(f"Line {number}: the quantity must be a whole number above zero.")
            continue
        entry: Json = {"quantity": int(line.quantity), "wrap": line.wrap}
        if line.code.startswith("#") and line.code[1:].isascii() and line.code[1:].isdigit():
            entry["variant_id"] = int(line.code[1:])
        else:
            entry["sku"] = line.code
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
    values["country"] = dict(COUNTRIES).get(values["country_iso2"], "")
    if not values["email"]:
        values["email"] = form.values["billing_email"]
    return values


def customers(shop: Shop) -> list[tuple[int, str]]:
    registered = [
        (customer["id"], f"{customer['first_name']} {customer['last_name']} ({customer['email']})")
        for customer in shop.all("customer")
    ]
    return [(0, "Guest"), *registered]
