"""The demo store: Nordhafen Kontor in Kiel, prices with tax, two orders from before it was connected."""

from sandbox.db import Json
from sandbox.woocommerce.catalog import products, records, terms, variations
from sandbox.woocommerce.catalog.api_attributes import add_attribute
from sandbox.woocommerce.catalog.attributes import TERM
from sandbox.woocommerce.founding import add_administrator
from sandbox.woocommerce.orders.drafts import place_order
from sandbox.woocommerce.reference import coupons, gateways, shipping, taxes
from sandbox.woocommerce.reference.customers import add_person
from sandbox.woocommerce.seed.products import ATTRIBUTES, CATEGORIES, SIMPLE, families
from sandbox.woocommerce.sites import Site

SETTINGS: Json = {"name": "Nordhafen Kontor", "administrator": False}
RATES = (("19", "MwSt. 19 %", "standard"), ("7", "MwSt. 7 %", "reduced-rate"), ("0", "MwSt. 0 %", "zero-rate"))
PEOPLE = (
    ("Anke", "Brandt", "", "Kiel", "24103", "DE"),
    ("Mehmet", "Yılmaz", "Yılmaz Bergsport GmbH", "München", "80331", "DE"),
    ("Chloé", "Lefèvre", "", "Strasbourg", "67000", "FR"),
)
COUPONS = (
    {"code": "SAVE10", "discount_type": "percent", "amount": "10"},
    {"code": "FIVEOFF", "discount_type": "fixed_cart", "amount": "5"},
    {"code": "ITEM2", "discount_type": "fixed_product", "amount": "2"},
    {"code": "SHIPFREE", "discount_type": "fixed_cart", "amount": "0", "free_shipping": True},
)


def fill_kontor(site: Site) -> None:
    fill_reference(site)
    for person in PEOPLE:
        add_customer(site, person)
    add_administrator(site)
    categories = make_categories(site)
    attributes = make_attributes(site)
    for number, entry in enumerate((*SIMPLE, *families()), 1):
        add_product(site, entry, categories, attributes, number)
    old = {"shipping_method": "flat_rate", "date_created": "2026-01-12T10:15:00", "status": "completed"}
    place_order(site, {**old, "customer_id": 1, "lines": [{"sku": "ZH-Y10", "quantity": 2}]})
    place_order(site, {**old, "customer_id": 2, "lines": [{"sku": "TF-075", "quantity": 1}]})


def fill_reference(site: Site) -> None:
    for rate, name, tax_class in RATES:
        taxes.add_rate(site, {"country": "DE", "rate": rate, "name": name, "class": tax_class, "shipping": True})
    for gateway in site.all("gateway"):
        site.put("gateway", {**gateway, "enabled": True})
    gateways.add_gateway(
        site,
        4,
        "stripe",
        "Credit card",
        description="Pay with your card.",
        method_description="Take card payments.",
        supports=("products", "refunds"),
        enabled=True,
    )
    zone = shipping.add_zone(site, "Germany", ("DE",))
    shipping.add_method(site, zone["id"], "flat_rate", {"title": "Standard delivery", "cost": "4.90"})
    shipping.add_method(site, zone["id"], "flat_rate", {"title": "Express delivery", "cost": "12.90"})
    shipping.add_method(site, zone["id"], "local_pickup", {"title": "Free pickup"})
    terms.add_term(site, terms.SHIPPING_CLASS, {"name": "Bulky"})
    for coupon in COUPONS:
        coupons.add_coupon(site, coupon)


def add_customer(site: Site, person: tuple[str, ...]) -> None:
    first, last, company, city, postcode, country = person
    name = f"{first}.{last}".casefold().encode("ascii", "ignore").decode()
    address = {
        "first_name": first,
        "last_name": last,
        "company": company,
        "address_1": "Hauptstraße 5" if country == "DE" else "12 rue du Port",
        "city": city,
        "postcode": postcode,
        "country": country,
        "phone": "+49 431 5550101",
    }
    email = f"{name}@example.com"
    sent = {"email": email, "first_name": first, "last_name": last, "shipping": address}
    add_person(site, {**sent, "billing": {**address, "email": email}})


def make_categories(site: Site) -> dict[str, int]:
    known: dict[str, int] = {}
    for name, children in CATEGORIES:
        parent = terms.add_term(site, terms.CATEGORY, {"name": name})
        known[name] = parent["id"]
        for child in children:
            known[child] = terms.add_term(site, terms.CATEGORY, {"name": child, "parent": parent["id"]})["id"]
    return known


def make_attributes(site: Site) -> dict[str, int]:
    known = {}
    for name, options in ATTRIBUTES.items():
        number = add_attribute(site, {"name": name})["id"]
        known[name] = number
        for place, option in enumerate(options):
            terms.add_term(site, TERM, {"name": option, "menu_order": place}, parent=number)
    return known


def add_product(site: Site, entry: Json, categories: dict[str, int], attributes: dict[str, int], number: int) -> None:
    """``category`` is a name here; every product gets a picture of the sandbox's own."""
    extra = ("category", "variations")
    sent = {name: value for name, value in entry.items() if name not in extra}
    sent["categories"] = [{"id": categories[entry["category"]]}]
    sent["images"] = [{"src": f"/_static/product-{number}.png", "keep_src": f"/_static/product-{number}.png"}]
    sent["attributes"] = [with_number(each, attributes) for each in entry.get("attributes", [])]
    parent = products.create_product(site, sent)
    for child in entry.get("variations", []):
        values = [with_number(each, attributes) for each in child["attributes"]]
        variations.create_variation(site, records.find_product(site, parent["id"]), {**child, "attributes": values})


def with_number(attribute: Json, known: dict[str, int]) -> Json:
    """Store-wide attributes are named by number; sizes that no clothes have stay the family's own."""
    options = attribute.get("options") or [attribute.get("option")]
    name = attribute["name"]
    is_own = name not in known or not set(options) <= set(ATTRIBUTES[name])
    return attribute if is_own else {**attribute, "id": known[name]}
