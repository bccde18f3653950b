"""The goods of the demo store Nordhafen Kontor: those of the other demo stores, as a WooCommerce store has them."""

import re
from collections.abc import Mapping
from itertools import product as combinations
from typing import Any

from sandbox.db import Json

CATEGORIES = (
    ("Backpacks & bags", ("Trekking", "Day packs")),
    ("Sleeping", ("Sleeping bags", "Mats")),
    ("Clothing", ("Shirts", "Jackets", "Socks")),
    ("Camp kitchen", ("Stoves", "Cookware")),
    ("Tents", ()),
    ("Light", ()),
    ("Gift cards", ()),
)
ATTRIBUTES = {"Size": ("S", "M", "L"), "Color": ("Moss", "Ink", "Rust", "Navy", "Yellow")}
"""Store-wide ones; the other families have attributes of their own."""


def simple(sku: str, name: str, category: str, price: str, stock: int | None, **more: Any) -> Json:
    """``stock`` None: nobody manages it."""
    return {
        "name": name,
        "sku": sku,
        "regular_price": price,
        "category": category,
        "manage_stock": stock is not None,
        "stock_quantity": stock,
        "weight": "0.5",
        "description": f"<p><strong>{name}</strong></p><p>Tested on the coast, repaired for life.</p>",
        **more,
    }


SIMPLE = (
    simple(
        "RS-HW45-TAN",
        "Trekkingrucksack „Höhenweg“ 45 l",
        "Trekking",
        "189.90",
        14,
        weight="1.65",
        dimensions={"length": "24", "width": "32", "height": "68"},
        global_unique_id="4006381333931",
        low_stock_amount=3,
        attributes=[{"name": "Volume", "options": ["45 l"], "visible": True}],
        tags=[{"name": "Bestseller"}, {"name": "Trekking"}],
    ),
    simple("RS-TAG20", "Day pack „Alster“ 20 l", "Day packs", "69.00", 32, weight="0.62", sale_price="59.00"),
    simple("IM-R42", "Isomatte R 4,2 selbstaufblasend", "Mats", "89.95", 58, weight="0.78", shipping_class="bulky"),
    simple("ZH-Y10", "Zelthering-Set Y-Profil, 10 Stück", "Tents", "14.90", 1840, weight="0.16"),
    simple("ZE-2P", "Kuppelzelt „Elbsand“ 2 Personen", "Tents", "329.00", 7, weight="2.3", shipping_class="bulky"),
    simple("KO-GAS1", "Gas stove „Mücke“ 3 000 W", "Stoves", "44.50", 41, weight="0.095"),
    simple("GK-450", "Gas canister 450 g (no air freight)", "Stoves", "9.95", 64, weight="0.7"),
    simple("KS-BIW", "Kochset „Biwak“ (Topf, Pfanne, Deckel & Beutel)", "Cookware", "54.90", 37, weight="0.54"),
    simple("BO-EM15-BN", "Bouilloire en émail « Grand-mère » 1,5 l, bleu nuit", "Cookware", "39.00", 212),
    simple("TF-075", "Thermosflasche Edelstahl 0,75 l", "Cookware", "29.90", 405, sale_price="24.90"),
    simple("SL-400", "Stirnlampe 400 lm, wiederaufladbar", "Light", "49.90", 0, backorders="notify"),
    simple("SE-6", "Storm lantern, warm light", "Light", "34.00", 23, weight="0.61"),
    simple("BK-KARTE", "Hiking map “North Sea coast” 1:50 000", "Day packs", "12.80", 120, tax_class="reduced-rate"),
    simple("TW-KT", 'Towel <b>"Kühl & trocken"</b> <script>alert("x")</script>', "Day packs", "19.90", 25),
    simple("", "Repair service by the hour (no SKU)", "Gift cards", "48.00", None, weight="", virtual=True),
    simple("GS-50", "Gift card 50 €", "Gift cards", "50.00", None, weight="", virtual=True, tax_status="none"),
)


def family(name: str, sku: str, category: str, price: str, options: Mapping[str, tuple[str, ...]], **more: Any) -> Json:
    """One variation per combination; SKUs as in the other demo stores."""
    variations = []
    for index, labels in enumerate(combinations(*options.values())):
        code = "-".join(re.sub("[^A-Z0-9]", "", label.upper())[:4] for label in labels)
        values = [{"name": option, "option": label} for option, label in zip(options, labels, strict=True)]
        level = {"manage_stock": True, "stock_quantity": 4 + index * 3 % 17}
        variations.append({"sku": f"{sku}-{code}", "regular_price": price, "attributes": values, **level})
    attributes = [
        {"name": option, "options": list(labels), "variation": True, "visible": True}
        for option, labels in options.items()
    ]
    return {
        "name": name,
        "type": "variable",
        "sku": sku,
        "category": category,
        "weight": "0.3",
        "description": f"<p>{name}: choose what fits.</p>",
        "attributes": attributes,
        "variations": variations,
        **more,
    }


def families() -> tuple[Json, ...]:
    """The jacket keeps its level itself; one pair of socks has no SKU, one is not managed."""
    shirt = family(
        "Merino-Langarmshirt Damen 180 g/m²",
        "SH-MER180",
        "Shirts",
        "79.90",
        {"Size": ("S", "M", "L"), "Color": ("Moss", "Ink")},
    )
    lengths = {"Length": ("Regular", "Long"), "Zip": ("Left", "Right"), "Color": ("Rust", "Navy")}
    bag = family("Sac de couchage duvet « Pôle » −12 °C", "SC-POLE", "Sleeping bags", "289.00", lengths)
    cuts = {"Size": ("M", "L"), "Color": ("Yellow", "Navy"), "Fit": ("Slim", "Wide"), "Hood": ("Fixed", "Zip-off")}
    jacket = family(
        "Regenjacke „Deichläufer“", "JA-DEICH", "Jackets", "159.00", cuts, manage_stock=True, stock_quantity=60
    )
    for variation in jacket["variations"]:
        del variation["manage_stock"], variation["stock_quantity"]
    sizes = {"Size": ("36-38", "39-41", "42-44"), "Pack": ("1", "3")}
    socks = family("Wool socks „Watt“", "SO-WATT", "Socks", "16.90", sizes)
    for variation in socks["variations"][1::2]:
        variation["regular_price"] = "44.90"
    del socks["variations"][-1]["sku"]
    socks["variations"][0] |= {"manage_stock": False, "stock_quantity": None}
    return shirt, bag, jacket, socks
