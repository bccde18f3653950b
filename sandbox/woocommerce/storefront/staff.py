"""What store staff change on their pages: a product's name and price, a level of stock."""

from sandbox.problems import Problem
from sandbox.woocommerce.catalog import products, records, stock, variations
from sandbox.woocommerce.catalog.records import VARIATION
from sandbox.woocommerce.sites import Site


def _price(text: str) -> str:
    price = text.strip().replace(",", ".")
    if not price.replace(".", "", 1).isdigit() or not price.isascii():
        raise Problem(422, "The price is not a number.")
    return price


def change_product(site: Site, number: int, name: str, price: str | None) -> None:
    if not name.strip():
        raise Problem(422, "A product needs a name.")
    sent = {"name": name.strip(), **({"regular_price": _price(price)} if price is not None else {})}
    products.update_product(site, number, sent)


def change_variation(site: Site, number: int, price: str) -> None:
    body = records.find_product(site, number)
    if body["type"] != VARIATION:
        raise Problem(422, "This is no variation.")
    variations.update_variation(
        site, records.find_product(site, body["parent_id"]), number, {"regular_price": _price(price)}
    )


def change_stock(site: Site, number: int, quantity: str) -> None:
    body = records.find_product(site, number)
    owner = stock.owner_of(site, body)
    if owner is None:
        raise Problem(422, "The stock of this product is not tracked.")
    if not quantity.isascii() or not quantity.removeprefix("-").isdigit():
        raise Problem(422, "The stock must be a whole number.")
    stock.set_level(site, owner, int(quantity))
