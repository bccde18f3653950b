"""An order of the store, with everything that belongs to it, as a RemoteOrder."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from channels.platforms.bigcommerce.mapping.money import CENT, order_charges, order_discounts
from channels.platforms.bigcommerce.mapping.payments import milestones, order_payments
from channels.platforms.bigcommerce.mapping.taxes import TaxBook, tax_book
from channels.platforms.bigcommerce.mapping.values import flag, moment, objects
from channels.platforms.fields import ZERO, Json, money, plain, remote_id, text, whole
from channels.platforms.http import unreadable
from channels.remote import LineKind, OrderRef, RemoteAddress, RemoteCustomer, RemoteOrder, RemoteOrderLine

NOTE = 500


@dataclass(frozen=True)
class OrderParts:
    """Sub-resources of an order, gathered by the gateway."""

    lines: Sequence[Json]
    addresses: Sequence[Json] = ()
    fees: Sequence[Json] = ()
    taxes: Sequence[Json] = ()
    coupons: Sequence[Json] = ()
    transactions: Sequence[Json] = ()
    pickup_location: str = ""
    is_pickup: bool = False
    store_url: str = ""


@dataclass(frozen=True)
class SideLoaded:
    """What came along with the order itself. `complete`: the lines are all there."""

    lines: list[Json] = field(default_factory=list)
    addresses: list[Json] = field(default_factory=list)
    pickups: list[Json] = field(default_factory=list)
    complete: bool = False
    has_consignments: bool = False


def side_loaded(order: Json) -> SideLoaded:
    """Consignments as an object (`consignment_structure=object`) or as a list of one; links where not included."""
    found = order.get("consignments")
    consignments = found if isinstance(found, list) else [found]
    lines: dict[str, Json] = {}
    addresses: list[Json] = []
    pickups: list[Json] = []
    known = False
    for consignment in consignments:
        if not isinstance(consignment, dict) or "shipping" not in consignment:
            continue
        known = True
        addresses += objects(consignment, "shipping")
        pickups += objects(consignment, "pickups")
        email = consignment.get("email")
        gifts = objects(email, "gift_certificates") if isinstance(email, dict) else []
        for group in (
            *objects(consignment, "shipping"),
            *objects(consignment, "pickups"),
            *objects(consignment, "downloads"),
            *gifts,
        ):
            lines.update((remote_id(line, "id"), line) for line in _line_items(group) if "total_ex_tax" in line)
    ordered = sorted(lines.values(), key=lambda line: whole(line, "id"))
    return SideLoaded(ordered, addresses, pickups, complete=_complete(order, ordered), has_consignments=known)


def _line_items(group: Json) -> list[Json]:
    """The schema allows a list of lists, and the examples show a single object."""
    value = group.get("line_items")
    entries = value if isinstance(value, list) else [value]
    flat = [inner for entry in entries for inner in (entry if isinstance(entry, list) else [entry])]
    return [entry for entry in flat if isinstance(entry, dict)]


def _complete(order: Json, lines: Sequence[Json]) -> bool:
    """Lines outside every consignment (custom ones, say) would be missed silently: compare with the header."""
    quantity = sum((money(line, "quantity") for line in lines), ZERO)
    subtotal = sum((money(line, "total_ex_tax") for line in lines), ZERO)
    return (
        bool(lines)
        and quantity >= money(order, "items_total")
        and abs(subtotal - money(order, "subtotal_ex_tax")) <= CENT * len(lines)
    )


def order_version(order: Json) -> str:
    """`date_modified` has whole seconds; what matters to us and may change twice in one is added."""
    names = ("date_modified", "status_id", "payment_status", "total_inc_tax", "items_shipped", "is_deleted")
    return "|".join(text(order, name) for name in names)


def order_ref(order: Json) -> OrderRef:
    modified = moment(order.get("date_modified")) or moment(order.get("date_created"))
    if modified is None or not remote_id(order, "id"):
        raise unreadable("an order without id or date")
    return OrderRef(id=remote_id(order, "id"), version=order_version(order), modified_at=modified)


def remote_order(order: Json, parts: OrderParts) -> RemoteOrder:
    ref = order_ref(order)
    book = tax_book(parts.taxes)
    charges = order_charges(order, parts.lines, parts.fees, book)
    discounts = order_discounts(order, parts.lines, parts.coupons, charges, book)
    billing = order.get("billing_address")
    billing = billing if isinstance(billing, dict) else {}
    first = parts.addresses[0] if parts.addresses else None
    payments = order_payments(order, parts.transactions)
    return RemoteOrder(
        id=ref.id,
        number=ref.id,
        status=text(order, "custom_status") or text(order, "status"),
        milestones=milestones(order),
        created_at=moment(order.get("date_created")) or ref.modified_at,
        modified_at=ref.modified_at,
        paid_at=max((payment.paid_at for payment in payments if payment.paid_at), default=None),
        completed_at=moment(order.get("date_shipped")),
        currency=_currency(order),
        prices_include_tax=flag(order, "is_tax_inclusive_pricing"),
        total=money(order, "total_inc_tax"),
        total_tax=money(order, "total_tax"),
        lines=_lines(parts, book, discounts.by_line),
        charges=(*charges, *discounts.charges),
        payments=payments,
        customer=_customer(order, billing),
        billing=remote_address(billing),
        shipping=None if first is None else remote_address(first),
        shipping_same_as_billing=first is not None and _place(first) == _place(billing),
        is_digital=flag(order, "order_is_digital"),
        is_pickup=parts.is_pickup,
        carrier="" if first is None else _carrier(first),
        location_id=parts.pickup_location,
        customer_note=text(order, "customer_message"),
        staff_note=_staff_note(order, parts.addresses),
        store_url=parts.store_url,
        version=ref.version,
        raw=_raw(order, parts),
    )


def _currency(order: Json) -> str:
    """The transactional currency, which the shopper paid in; `currency_code` is only what the storefront showed."""
    names = ("default_currency_code", "currency_code", "store_default_currency_code")
    found = next((text(order, name) for name in names if text(order, name)), "")
    if len(found) != 3:
        raise unreadable(f"currency {found!r}")
    return found.upper()


def _carrier(address: Json) -> str:
    method = text(address, "shipping_method")
    return "" if method == "None" else method


def _raw(order: Json, parts: OrderParts) -> Json:
    """Everything the store said, storable as JSON."""
    header = {name: value for name, value in order.items() if name not in ("consignments", "fees")}
    found: Json = plain(
        {
            **header,
            "products": list(parts.lines),
            "shipping_addresses": [
                {name: value for name, value in address.items() if name != "line_items"} for address in parts.addresses
            ],
            "fees": list(parts.fees),
            "taxes": list(parts.taxes),
            "coupons": list(parts.coupons),
            "transactions": list(parts.transactions),
        }
    )
    return found


# -- lines


def _lines(parts: OrderParts, book: TaxBook, discounts: dict[str, Decimal]) -> tuple[RemoteOrderLine, ...]:
    keys = {remote_id(line, "id"): book.line_key(line, money(line, "total_tax")) for line in parts.lines}
    first = remote_id(parts.addresses[0], "id") if parts.addresses else ""
    others = {remote_id(address, "id"): address for address in parts.addresses[1:]}
    found = []
    for line in parts.lines:
        number, parent = remote_id(line, "id"), remote_id(line, "parent_order_product_id")
        worthless = not money(line, "total_ex_tax") and not money(line, "total_tax")
        address_id = remote_id(line, "order_address_id")
        found.append(
            RemoteOrderLine(
                id=number,
                kind=_kind(line),
                product_id=remote_id(line, "product_id"),
                variant_id=remote_id(line, "variant_id"),
                sku=text(line, "sku"),
                name=text(line, "name") or text(line, "name_merchant") or text(line, "sku") or number,
                quantity=money(line, "quantity"),
                unit_price=money(line, "price_ex_tax"),
                total=money(line, "total_ex_tax"),
                tax=money(line, "total_tax"),
                tax_key=keys[parent] if worthless and parent in keys else keys[number],
                discount=discounts.get(number, ZERO),
                needs_shipping=text(line, "type") in ("physical", ""),
                parent_id=parent,
                note=_line_note(line, others.get(address_id) if address_id != first else None),
            )
        )
    return tuple(found)


def _kind(line: Json) -> LineKind:
    """Product 0 is a custom item, with or without SKU."""
    if text(line, "type") == "giftcertificate":
        return "gift_certificate"
    return "product" if remote_id(line, "product_id") else "custom"


def _line_note(line: Json, other_address: Json | None) -> str:
    """Options the shopper chose (engravings and the like have no SKU), wrapping message, another address."""
    options = [
        f"{text(entry, 'display_name')}: {text(entry, 'display_value')}" for entry in objects(line, "product_options")
    ]
    options += [f"{text(entry, 'name')}: {text(entry, 'value')}" for entry in objects(line, "configurable_fields")]
    if text(line, "wrapping_message"):
        options.append(f"Wrapping: {text(line, 'wrapping_message')}")
    if text(line, "event_date"):
        options.append(f"{text(line, 'event_name') or 'Date'}: {text(line, 'event_date')}")
    if other_address is not None:
        options.append(f"Ship to: {_one_line(other_address)}")
    return "; ".join(options)[:NOTE]


# -- people and places


def remote_address(row: Json) -> RemoteAddress:
    return RemoteAddress(
        first_name=text(row, "first_name"),
        last_name=text(row, "last_name"),
        company=text(row, "company"),
        line_1=text(row, "street_1"),
        line_2=text(row, "street_2"),
        city=text(row, "city"),
        state=text(row, "state"),
        postcode=text(row, "zip"),
        country=_country(row),
        phone=text(row, "phone"),
        email=text(row, "email"),
    )


def _country(row: Json) -> str:
    """ISO 3166 code; "" where the store has only a name."""
    found = text(row, "country_iso2") or text(row, "country")
    return found.upper() if len(found) == 2 else ""


def _place(row: Json) -> tuple[str, ...]:
    """What makes two addresses the same one: phone and e-mail do not."""
    names = ("first_name", "last_name", "company", "street_1", "street_2", "city", "state", "zip", "country")
    return tuple(" ".join(text(row, name).casefold().split()) for name in names)


def _one_line(row: Json) -> str:
    names = ("first_name", "last_name", "company", "street_1", "street_2", "zip", "city", "country")
    return " ".join(text(row, name) for name in names if text(row, name))


def _customer(order: Json, billing: Json) -> RemoteCustomer:
    """Customer 0 is a guest."""
    return RemoteCustomer(
        id=remote_id(order, "customer_id"),
        first_name=text(billing, "first_name"),
        last_name=text(billing, "last_name"),
        company=text(billing, "company"),
        email=text(billing, "email"),
        phone=text(billing, "phone"),
    )


def _staff_note(order: Json, addresses: Sequence[Json]) -> str:
    """A sale has one shipping address: the first; the others stay readable."""
    notes = [text(order, "staff_notes")] if text(order, "staff_notes") else []
    if len(addresses) > 1:
        notes.append(f"The order has {len(addresses)} shipping addresses; this is the first one.")
    return "\n".join(notes)
