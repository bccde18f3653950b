"""Magento's orders and products in the port's words: what an adapter would do, as far as the proof needs it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from channels.remote import (
    TAX_FREE,
    Milestones,
    RemoteAddress,
    RemoteCharge,
    RemoteCustomer,
    RemoteName,
    RemoteOptionValue,
    RemoteOrder,
    RemoteOrderLine,
    RemotePayment,
    RemoteProduct,
    RemoteVariant,
)

PAYLOADS = Path(__file__).parent / "payloads"
Json = dict[str, Any]
Options = dict[str, tuple[str, dict[str, str]]]
"""Label and value labels of option attributes, by the attribute's id."""


def load(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text(), parse_float=Decimal)


def amount(row: Json, name: str) -> Decimal:
    return Decimal(str(row.get(name) or 0))


def moment(value: str) -> datetime:
    return datetime.fromisoformat(value).replace(tzinfo=UTC)


# -- the mapping


def options_of(product: Json) -> Options:
    found = {}
    for option in product["product"]["extension_attributes"]["configurable_product_options"]:
        values = product["attributes"][option["attribute_id"]]["options"]
        found[option["attribute_id"]] = (option["label"], {each["value"]: each["label"] for each in values})
    return found


def tax_of(codes: list[str]) -> tuple[str, tuple[str, ...]]:
    """Orders name rates by code; the rule is not in the order, so the class of the goods stands in."""
    return (f"rate:{'+'.join(sorted(codes))}", ("class:2",)) if codes else (TAX_FREE, ())


def lines_of(order: Json, options: Options) -> Iterator[RemoteOrderLine]:
    items = {row["item_id"]: row for row in order["items"]}
    parts: dict[int, list[Json]] = {}
    for row in items.values():
        if "parent_item_id" in row:
            parts.setdefault(row["parent_item_id"], []).append(row)
    for row in items.values():
        parent = items.get(row.get("parent_item_id", 0))
        if parent is not None and parent["product_type"] == "configurable":
            continue  # told with its parent
        yield _line(row, parent, parts.get(row["item_id"], []), options)


def _line(row: Json, parent: Json | None, parts: list[Json], options: Options) -> RemoteOrderLine:
    """Of a configurable the goods are its child's and the money its own; of a bundle money and goods are the parts'."""
    is_bundle = row["product_type"] == "bundle"
    goods = parts[0] if row["product_type"] == "configurable" else row
    codes = [tax["tax_code"] for tax in row["extension_attributes"]["itemized_taxes"]]
    key, fallbacks = tax_of([] if is_bundle else codes)
    quantity, price = amount(row, "qty_ordered"), amount(row, "price")
    return RemoteOrderLine(
        id=str(row["item_id"]),
        kind="bundle" if is_bundle else "product",
        product_id=str(row["product_id"]),
        variant_id=str(goods["product_id"]),
        sku=goods["sku"],
        name=row["name"],
        quantity=quantity,
        unit_price=Decimal(0) if is_bundle else price,
        total=Decimal(0) if is_bundle else price * quantity,
        tax=Decimal(0) if is_bundle else amount(row, "tax_amount"),
        tax_key=key,
        tax_fallbacks=fallbacks,
        discount=amount(row, "discount_amount") - amount(row, "discount_tax_compensation_amount"),
        needs_shipping=not row["is_virtual"],
        parent_id="" if parent is None else str(parent["item_id"]),
        other_ids=tuple(str(part["item_id"]) for part in parts) if goods is not row else (),
        note="; ".join(_chosen(row, options)),
    )


def _chosen(row: Json, options: Options) -> Iterator[str]:
    chosen = row.get("product_option", {}).get("extension_attributes", {})
    for entry in chosen.get("configurable_item_options", []):
        label, values = options[entry["option_id"]]
        yield f"{label}: {values[str(entry['option_value'])]}"


def charges_of(order: Json, lines: tuple[RemoteOrderLine, ...]) -> Iterator[RemoteCharge]:
    """Tax on the lines is already that of the discounted price, so the discount carries only its compensation."""
    shipping = order["extension_attributes"]["shipping_assignments"][0]["shipping"]["total"]
    codes = [tax["tax_code"] for tax in order["extension_attributes"]["additional_itemized_taxes"]]
    key, fallbacks = tax_of(codes)
    yield RemoteCharge(
        kind="shipping",
        label=order["shipping_description"],
        amount=amount(shipping, "shipping_amount"),
        tax=amount(shipping, "shipping_tax_amount"),
        tax_key="charge:shipping",
        tax_fallbacks=(key, *fallbacks),
    )
    by_key: dict[str, Decimal] = {}
    for line in lines:
        by_key[line.tax_key] = by_key.get(line.tax_key, Decimal(0)) + line.discount
    for tax_key, discount in by_key.items():
        if discount:
            yield RemoteCharge(
                kind="coupon" if order.get("coupon_code") else "discount",
                label=order["discount_description"],
                amount=-discount,
                tax_key=tax_key,
                tax_fallbacks=("class:2",),
                code=order.get("coupon_code", ""),
            )


def address(row: Json) -> RemoteAddress:
    street = [*row["street"], ""]
    return RemoteAddress(
        first_name=row["firstname"],
        last_name=row["lastname"],
        company=row.get("company", ""),
        line_1=street[0],
        line_2=", ".join(part for part in street[1:] if part),
        city=row["city"],
        state=row["region_code"],
        postcode=row["postcode"],
        country=row["country_id"],
        phone=row["telephone"],
        email=row["email"],
    )


def notes_of(order: Json) -> list[Json]:
    return sorted(order["status_histories"], key=lambda row: (row["created_at"], row["entity_id"]))


def map_order(order: Json, product: Json) -> RemoteOrder:
    lines = tuple(lines_of(order, options_of(product)))
    billing = address(order["billing_address"])
    shipping = address(order["extension_attributes"]["shipping_assignments"][0]["shipping"]["address"])
    paid = amount(order, "total_paid") >= amount(order, "grand_total")
    notes = notes_of(order)
    titles = {entry["key"]: entry["value"] for entry in order["extension_attributes"]["payment_additional_info"]}
    return RemoteOrder(
        id=str(order["entity_id"]),
        number=order["increment_id"],
        status=order["status"],
        milestones=Milestones(
            created=order["state"] != "canceled",
            paid=paid,
            completed=order["state"] in ("complete", "closed"),
            cancelled=order["state"] == "canceled",
        ),
        created_at=moment(order["created_at"]),
        modified_at=moment(order["updated_at"]),
        currency=order["order_currency_code"],
        prices_include_tax=False,
        total=amount(order, "grand_total"),
        total_tax=amount(order, "tax_amount"),
        lines=lines,
        charges=tuple(charges_of(order, lines)),
        payments=(
            RemotePayment(
                id=str(order["payment"]["entity_id"]),
                method_key=order["payment"]["method"],
                method_label=titles["method_title"],
                amount=amount(order["payment"], "amount_ordered"),
                received=paid,
                paid_at=moment(notes[-1]["created_at"]) if paid else None,
            ),
        ),
        customer=RemoteCustomer(
            first_name=order["customer_firstname"],
            last_name=order["customer_lastname"],
            company=billing.company,
            email=order["customer_email"],
            phone=billing.phone,
        ),
        billing=billing,
        shipping=shipping,
        shipping_same_as_billing=shipping == billing,
        carrier=order["shipping_description"],
        staff_note="\n".join(f"{row['created_at']} {row['comment']}" for row in notes),
        tax_names=tuple(
            RemoteName(key=f"rate:{tax['code']}", label=f"{tax['title']} {tax['percent']} %", kind="rate")
            for tax in order["extension_attributes"]["applied_taxes"]
        ),
        version=order["updated_at"],
    )


def map_product(found: Json) -> RemoteProduct:
    product, options = found["product"], options_of(found)
    ordered = sorted(
        product["extension_attributes"]["configurable_product_options"], key=lambda option: option["position"]
    )
    levels: dict[str, Decimal] = {}
    for row in found["source_items"]:
        levels[row["sku"]] = levels.get(row["sku"], Decimal(0)) + amount(row, "quantity")
    custom = {entry["attribute_code"]: entry["value"] for entry in product["custom_attributes"]}
    return RemoteProduct(
        id=str(product["id"]),
        name=product["name"],
        is_family=product["type_id"] == "configurable",
        option_names=tuple(option["label"] for option in ordered),
        variants=tuple(_variant(child, ordered, found, options, levels) for child in found["children"]),
        category=found["categories"][product["extension_attributes"]["category_links"][0]["category_id"]],
        tax_key=f"class:{custom['tax_class_id']}",
        weight_unit={"lbs": "lb"}.get(found["weight_unit"], found["weight_unit"]),
        is_visible=product["status"] == 1 and product["visibility"] != 1,
        modified_at=moment(product["updated_at"]),
        raw=found,
    )


def _variant(
    child: Json,
    ordered: list[Json],
    found: Json,
    options: Options,
    levels: dict[str, Decimal],
) -> RemoteVariant:
    custom = {entry["attribute_code"]: entry["value"] for entry in child["custom_attributes"]}
    values = []
    for option in ordered:
        label, labels = options[option["attribute_id"]]
        code = found["attributes"][option["attribute_id"]]["code"]
        values.append(RemoteOptionValue(name=label, value=labels[custom[code]]))
    return RemoteVariant(
        id=str(child["id"]),
        sku=child["sku"],
        options=tuple(values),
        price=amount(child, "price"),
        weight=amount(child, "weight"),
        quantity=levels.get(child["sku"]),
    )
