"""An order of the store as a RemoteOrder. WooCommerce gives it whole: lines, taxes, fees, coupons, refunds."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from channels.platforms.fields import ZERO, Json, money, plain, remote_id, text
from channels.platforms.http import excerpt, unreadable
from channels.platforms.woocommerce.mapping.customers import remote_address
from channels.platforms.woocommerce.mapping.money import (
    STEP,
    Discounts,
    TaxBook,
    line_money,
    order_charges,
    order_discounts,
    tax_book,
)
from channels.platforms.woocommerce.mapping.payments import milestones, order_payments, order_tenders
from channels.platforms.woocommerce.mapping.values import an_object, moment, objects, title
from channels.remote import OrderRef, RemoteCharge, RemoteCustomer, RemoteOrder, RemoteOrderLine

NOTE = 500
PICKUP = frozenset({"local_pickup", "pickup_location", "local_pickup_plus", "legacy_local_pickup"})
"""Ways of shipping that ship nothing."""
CHECKOUTS = frozenset({"checkout", "store-api"})
_PLACE = ("first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode", "country")
_FILLED = ("first_name", "last_name", "company", "address_1", "address_2", "city", "postcode")
"""Country and state alone are the store's defaults, not an address."""
_HEADER = (
    "id",
    "number",
    "status",
    "currency",
    "prices_include_tax",
    "discount_total",
    "discount_tax",
    "shipping_total",
    "shipping_tax",
    "cart_tax",
    "total",
    "total_tax",
    "customer_id",
    "billing",
    "shipping",
    "payment_method",
    "payment_method_title",
    "customer_note",
    "date_created_gmt",
    "date_paid_gmt",
    "date_completed_gmt",
    "refunds",
    "gift_cards",
    "gift_card_lines",
    "pw_gift_card_lines",
)
_LINE = ("id", "name", "product_id", "variation_id", "quantity", "tax_class", "subtotal", "subtotal_tax", "total",
         "total_tax", "taxes", "method_id", "method_title", "code", "discount", "discount_tax")  # fmt: skip
_LISTS = ("line_items", "shipping_lines", "fee_lines", "coupon_lines")
_TRACKING = frozenset(
    {"_wc_shipment_tracking_items", "_aftership_tracking_items", "_tracking_number", "_tracking_provider",
     "_date_shipped", "ywot_tracking_code", "ywot_carrier_name", "ywot_carrier_id", "ywot_pick_up_date"}
)  # fmt: skip
"""Where plugins keep how an order was shipped."""
_RESTOCKED = "_restock_refunded_items"


def order_version(order: Json) -> str:
    """Date and a hash of what matters: addresses, lines and tracking change without a new date in some stores.

    Without what changes by itself: product SKUs and prices as they are today, links, other plugins' notes.
    """
    facts = {
        "header": {name: order.get(name) for name in _HEADER},
        "lines": {name: [_line_facts(row) for row in objects(order, name)] for name in _LISTS},
        "tracking": [row.get("value") for row in objects(order, "meta_data") if text(row, "key") in _TRACKING],
    }
    digest = hashlib.sha256(json.dumps(plain(facts), sort_keys=True).encode()).hexdigest()
    return f"{text(order, 'date_modified_gmt') or text(order, 'date_created_gmt')}|{digest[:16]}"


def _line_facts(row: Json) -> Json:
    meta = [
        (text(entry, "key"), entry.get("value"))
        for entry in objects(row, "meta_data")
        if not text(entry, "key").startswith("_") or text(entry, "key") == _RESTOCKED
    ]
    return {**{name: row.get(name) for name in _LINE}, "meta": [list(entry) for entry in meta]}


_DATES = ("date_modified_gmt", "date_created_gmt", "date_paid_gmt", "date_completed_gmt")
"""What dates an order, best first. Programs that import orders leave some empty."""


def order_ref(order: Json, *, undated: datetime | None = None) -> OrderRef:
    """`undated`: the moment for an order without any date, so that it does not hide the others of a list."""
    modified = next((at for at in (moment(order, name) for name in _DATES) if at is not None), undated)
    if modified is None or not remote_id(order, "id"):
        raise unreadable("an order without id or date")
    return OrderRef(id=remote_id(order, "id"), version=order_version(order), modified_at=modified)


def remote_order(order: Json, *, store_url: str = "") -> RemoteOrder:
    """`store_url`: the site's address, for the link to the order's page in its administration."""
    ref, book = order_ref(order, undated=moment(order, "date_created")), tax_book(order)
    charges, discounts = order_charges(order, book), order_discounts(order, book)
    lines = _lines(order, book)
    every = (*charges, *discounts.charges)
    tenders = order_tenders(order, _gap(order, lines, every))
    billing, shipping = an_object(order, "billing"), an_object(order, "shipping")
    has_shipping = any(text(shipping, name) for name in _FILLED)
    methods = objects(order, "shipping_lines")
    return RemoteOrder(
        id=ref.id,
        number=text(order, "number") or ref.id,
        status=text(order, "status"),
        milestones=milestones(order),
        created_at=moment(order, "date_created_gmt") or ref.modified_at,
        modified_at=ref.modified_at,
        paid_at=moment(order, "date_paid_gmt"),
        completed_at=moment(order, "date_completed_gmt"),
        currency=_currency(order),
        prices_include_tax=order.get("prices_include_tax") is True,
        total=money(order, "total") + sum((tender.amount for tender in tenders), ZERO),
        total_tax=money(order, "total_tax"),
        lines=lines,
        charges=every,
        payments=order_payments(order, tenders),
        customer=_customer(order, billing),
        billing=remote_address(billing),
        shipping=remote_address(shipping) if has_shipping else None,
        shipping_same_as_billing=has_shipping and _place(shipping) == _place(billing),
        is_digital=_is_digital(order, has_shipping),
        is_pickup=bool(methods) and all(_is_pickup(row) for row in methods),
        carrier=next((text(row, "method_title") for row in methods if not _is_pickup(row)), ""),
        customer_note=text(order, "customer_note"),
        staff_note=_staff_note(methods, discounts),
        store_url=f"{store_url.rstrip('/')}/wp-admin/post.php?post={ref.id}&action=edit" if store_url else "",
        tax_names=book.names(_tax_keys(lines, every)),
        refund_ids=tuple(remote_id(row, "id") for row in objects(order, "refunds")),
        version=ref.version,
        raw=plain(order),
    )


def _tax_keys(lines: Sequence[RemoteOrderLine], charges: Sequence[RemoteCharge]) -> Iterator[str]:
    for line in lines:
        yield from (line.tax_key, *line.tax_fallbacks)
    for charge in charges:
        yield from (charge.tax_key, *charge.tax_fallbacks)


def _gap(order: Json, lines: Sequence[RemoteOrderLine], charges: Sequence[RemoteCharge]) -> Decimal:
    """What the parts add up to beyond the order's total."""
    net = sum((line.total for line in lines), ZERO) + sum((charge.amount for charge in charges), ZERO)
    return net + money(order, "total_tax") - money(order, "total")


def _currency(order: Json) -> str:
    found = text(order, "currency")
    if len(found) != 3:
        raise unreadable(f"currency {found!r}")
    return found.upper()


def _is_pickup(row: Json) -> bool:
    return text(row, "method_id") in PICKUP


def _is_digital(order: Json, has_shipping: bool) -> bool:
    """The store ships nothing: all goods are downloads, or its own checkout asked for no way of shipping and no place.

    Orders made by staff or programs may lack both and are shipped all the same; deleted products tell nothing.
    """
    if objects(order, "shipping_lines") or has_shipping:
        return False
    lines = objects(order, "line_items")
    if not lines or not all(remote_id(row, "product_id") for row in lines):
        return False
    return order.get("needs_processing") is False or text(order, "created_via") in CHECKOUTS


def _staff_note(methods: Sequence[Json], discounts: Discounts) -> str:
    """What has no field of its own: where goods are picked up, further ways of shipping, coupons without amount."""
    shipped = [text(row, "method_title") for row in methods if not _is_pickup(row)][1:]
    picked = [text(row, "method_title") for row in methods if _is_pickup(row)]
    notes = [f"Also shipped by: {title}" for title in shipped if title]
    notes += [f"Pickup: {title}" for title in picked if title]
    notes += [f"Coupon: {code}" for code in discounts.codes_without_amount]
    return "\n".join(notes)


# -- lines


def _lines(order: Json, book: TaxBook) -> tuple[RemoteOrderLine, ...]:
    return tuple(_line(row, book) for row in objects(order, "line_items"))


def _line(row: Json, book: TaxBook) -> RemoteOrderLine:
    """A product that is gone for good has id 0 and no SKU: what was sold stays as a line of its own."""
    amounts, keys = line_money(row), book.line(row)
    product, number, sku = remote_id(row, "product_id"), remote_id(row, "id"), text(row, "sku")
    quantity = money(row, "quantity")
    return RemoteOrderLine(
        id=number,
        kind="product" if product else "custom",
        product_id=product,
        variant_id=remote_id(row, "variation_id") or product,
        sku=sku,
        name=title(row, "name") or sku or number,
        quantity=quantity,
        unit_price=(amounts.net / quantity).quantize(STEP) if quantity else amounts.net,
        total=amounts.net,
        tax=amounts.tax,
        tax_key=keys.key,
        tax_fallbacks=keys.fallbacks,
        discount=-amounts.off_net,
        parent_id=remote_id(row, "bundled_by") or remote_id(row, "composite_parent"),
        note=_line_note(row),
    )


def _line_note(row: Json) -> str:
    """What the shopper chose or typed in, as the store shows it. Keys with an underscore are the store's own."""
    notes = []
    for entry in objects(row, "meta_data"):
        key, value = text(entry, "key"), text(entry, "display_value") or text(entry, "value")
        if key and not key.startswith("_") and value:
            notes.append(f"{excerpt(text(entry, 'display_key') or key)}: {excerpt(value)}")
    return "; ".join(notes)[:NOTE]


# -- people and places


def _place(row: Json) -> tuple[str, ...]:
    """What makes two addresses the same one: phone and e-mail do not."""
    return tuple(" ".join(text(row, name).casefold().split()) for name in _PLACE)


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
