"""The demo catalog: sixteen simple products and four families, with the odd cases every real catalog has."""

import re
from itertools import product as combinations

from sandbox.db import Json

CATEGORIES = (
    ("Backpacks", ("Trekking", "Day packs")),
    ("Sleeping", ("Sleeping bags", "Mats")),
    ("Clothing", ("Shirts", "Jackets", "Socks")),
    ("Camp kitchen", ("Stoves", "Cookware")),
    ("Tents", ()),
    ("Light", ()),
    ("Gift cards", ()),
)


def simple(sku: str, name: str, category: str, price: float, stock: int, **more: object) -> Json:
    return {
        "name": name,
        "sku": sku,
        "type": "physical",
        "price": price,
        "weight": 0.5,
        "category": category,
        "brand_name": "Nordhafen",
        "inventory_tracking": "product",
        "inventory_level": stock,
        "description": f"<p><strong>{name}</strong></p><p>Tested on the coast, repaired for life.</p>",
        **more,
    }


SIMPLE = (
    simple(
        "RS-HW45-TAN",
        "Trekkingrucksack „Höhenweg“ 45 l",
        "Trekking",
        189.9,
        14,
        weight=1.65,
        width=32,
        height=68,
        depth=24,
        retail_price=219.9,
        cost_price=92.5,
        upc="4006381333931",
        search_keywords="rucksack, trekking, 45 liter, hiking",
        bin_picking_number="A-01-3",
        custom_fields=[
            {"name": "Volume", "value": "45 l"},
            {"name": "Material", "value": "Recycled ripstop nylon"},
            {"name": "Made in", "value": "Portugal"},
        ],
    ),
    simple("RS-TAG20", "Day pack „Alster“ 20 l", "Day packs", 69.0, 32, weight=0.62, sale_price=59.0),
    simple("IM-R42", "Isomatte R 4,2 selbstaufblasend", "Mats", 89.95, 58, weight=0.78, brand_name="Polarstern"),
    simple("ZH-Y10", "Zelthering-Set Y-Profil, 10 Stück", "Tents", 14.9, 1840, weight=0.16),
    simple("ZE-2P", "Kuppelzelt „Elbsand“ 2 Personen", "Tents", 329.0, 7, weight=2.3, retail_price=379.0),
    simple(
        "KO-GAS1", "Gas stove „Mücke“ 3 000 W", "Stoves", 44.5, 41, weight=0.095, search_keywords="stove, gas, light"
    ),
    simple("GK-450", "Gas canister 450 g (no air freight)", "Stoves", 9.95, 64, weight=0.7),
    simple("KS-BIW", "Kochset „Biwak“ (Topf, Pfanne, Deckel, Beutel)", "Cookware", 54.9, 37, weight=0.54),
    simple("BO-EM15-BN", "Bouilloire en émail « Grand-mère » 1,5 l, bleu nuit", "Cookware", 39.0, 212, weight=0.9),
    simple("TF-075", "Thermosflasche Edelstahl 0,75 l", "Cookware", 29.9, 405, weight=0.38, sale_price=24.9),
    simple("SL-400", "Stirnlampe 400 lm, wiederaufladbar", "Light", 49.9, 0, weight=0.088, brand_name="Polarstern"),
    simple("SE-6", "Storm lantern, warm light", "Light", 34.0, 23, weight=0.61, availability="preorder"),
    simple("BK-KARTE", "Hiking map “North Sea coast” 1:50 000", "Day packs", 12.8, 120, weight=0.08, tax_class_id=4),
    simple(
        "HT-<B>1",
        'Towel <b>"Kühl & trocken"</b> <script>alert("x")</script>',
        "Day packs",
        19.9,
        25,
        weight=0.21,
        description='<p onclick="alert(1)">Dries <em>fast</em>.</p><script>alert(1)</script><img src=x>',
    ),
    simple("", "Repair service by the hour (no SKU)", "Gift cards", 48.0, 0, inventory_tracking="none", weight=0),
    simple(
        "GS-50",
        "Gift card 50 €",
        "Gift cards",
        50.0,
        0,
        type="digital",
        inventory_tracking="none",
        weight=0,
        tax_class_id=1,
    ),
)


def family(
    name: str, prefix: str, category: str, price: float, options: dict[str, tuple[str, ...]], **more: object
) -> Json:
    """One variant per combination; SKUs are the prefix and the labels' beginnings."""
    variants = []
    for index, labels in enumerate(combinations(*options.values())):
        code = "-".join(re.sub("[^A-Z0-9]", "", label.upper())[:4] for label in labels)
        values = [
            {"option_display_name": option, "label": label} for option, label in zip(options, labels, strict=True)
        ]
        entry: Json = {"sku": f"{prefix}-{code}", "option_values": values, "inventory_level": 4 + index * 3 % 17}
        variants.append(entry)
    return {
        "name": name,
        "sku": more.pop("sku", ""),
        "type": "physical",
        "price": price,
        "weight": 0.3,
        "category": category,
        "brand_name": "Fjellvær",
        "inventory_tracking": "variant",
        "description": f"<p>{name}: choose what fits.</p>",
        "variants": variants,
        **more,
    }


def families() -> tuple[Json, ...]:
    shirt = family(
        "Merino-Langarmshirt Damen 180 g/m²",
        "SH-MER180",
        "Shirts",
        79.9,
        {"Size": ("S", "M", "L"), "Color": ("Moss", "Ink")},
        search_keywords="merino, shirt, base layer",
        custom_fields=[{"name": "Material", "value": "100 % merino wool"}],
    )
    bag = family(
        "Sac de couchage duvet « Pôle » −12 °C",
        "SC-POLE",
        "Sleeping bags",
        289.0,
        {"Length": ("Regular", "Long"), "Zip": ("Left", "Right"), "Color": ("Rust", "Navy")},
        weight=1.12,
        brand_name="Polarstern",
    )
    jacket = family(
        "Regenjacke „Deichläufer“",
        "JA-DEICH",
        "Jackets",
        159.0,
        {"Size": ("M", "L"), "Color": ("Yellow", "Navy"), "Fit": ("Slim", "Wide"), "Hood": ("Fixed", "Zip-off")},
        brand_name="Küstenwind",
        sale_price=139.0,
    )
    sizes = {"Size": ("36-38", "39-41", "42-44"), "Pack": ("1", "3")}
    socks = family("Wool socks „Watt“", "SO-WATT", "Socks", 16.9, sizes)
    for variant in socks["variants"][1::2]:
        variant["price"] = 44.9
    socks["variants"][-1]["sku"] = ""
    jacket["inventory_tracking"] = "product"
    jacket["inventory_level"] = 60
    return shirt, bag, jacket, socks
