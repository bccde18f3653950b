"""Recorded answers and orders of our own making, for the tests of the mapping."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from channels.platforms.woocommerce.mapping.orders import remote_order
from channels.remote import RemoteOrder

PAYLOADS = Path(__file__).parent / "payloads"


def load(path: Path) -> Any:
    return json.loads(path.read_text(), parse_float=Decimal)


def payload(name: str) -> Any:
    return load(PAYLOADS / f"{name}.json")


def read(name: str, **changes: Any) -> RemoteOrder:
    return remote_order({**payload(name), **changes})


def order(**fields: Any) -> dict[str, Any]:
    """An order as the store sends it; amounts that are not given are nothing."""
    return {
        "id": 7,
        "number": "7",
        "status": "processing",
        "currency": "EUR",
        "prices_include_tax": False,
        "date_created_gmt": "2026-11-01T10:00:00",
        "date_modified_gmt": "2026-11-01T10:05:00",
        "date_paid_gmt": None,
        "date_completed_gmt": None,
        "total": "0.00",
        "total_tax": "0.00",
        "customer_id": 0,
        "created_via": "rest-api",
        "billing": {},
        "shipping": {},
        "payment_method": "",
        "payment_method_title": "",
        "customer_note": "",
        "line_items": [],
        "tax_lines": [],
        "shipping_lines": [],
        "fee_lines": [],
        "coupon_lines": [],
        "refunds": [],
        "meta_data": [],
        **fields,
    }


def line(number: int, total: str, tax: str = "0.00", *, rate: int = 0, **fields: Any) -> dict[str, Any]:
    before, before_tax = fields.get("subtotal", total), fields.get("subtotal_tax", tax)
    return {
        "id": number,
        "name": f"Thing {number}",
        "product_id": 100 + number,
        "variation_id": 0,
        "quantity": 1,
        "tax_class": "",
        "subtotal": before,
        "subtotal_tax": before_tax,
        "total": total,
        "total_tax": tax,
        "taxes": [{"id": rate, "total": tax, "subtotal": before_tax}] if rate else [],
        "meta_data": [],
        "sku": f"T-{number}",
        **fields,
    }


def rate(number: int, percent: str, label: str = "VAT") -> dict[str, Any]:
    return {"id": 90 + number, "rate_id": number, "label": label, "rate_percent": Decimal(percent), "compound": False}


def recorded(shared_dir: Path, *sets: str) -> Iterator[tuple[str, Any]]:
    """(file name, recording) of the sets of the recordings' index, in their order."""
    root = shared_dir / "platforms/woocommerce/recordings"
    index = json.loads((root / "index.json").read_text())["sets"]
    for name in sets:
        for entry in index[name]["items"]:
            yield entry["file"], load(root / entry["file"])


def found_in(body: Any, *fields: str) -> Iterator[dict[str, Any]]:
    """Every object within `body` that has all these fields and a number."""
    if isinstance(body, dict):
        if all(name in body for name in fields) and isinstance(body.get("id"), int):
            yield body
            return
        body = list(body.values())
    if isinstance(body, list):
        for part in body:
            yield from found_in(part, *fields)
