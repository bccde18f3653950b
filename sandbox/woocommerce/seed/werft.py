"""A second store, Nordhafen Werft: some of the same goods, prices without tax, nobody connected yet."""

from sandbox.db import Json
from sandbox.woocommerce.founding import add_administrator
from sandbox.woocommerce.seed.kontor import (
    PEOPLE,
    add_customer,
    add_product,
    fill_reference,
    make_attributes,
    make_categories,
)
from sandbox.woocommerce.seed.products import SIMPLE, families
from sandbox.woocommerce.sites import Site

SETTINGS: Json = {"name": "Nordhafen Werft", "administrator": False, "prices_include_tax": False}
PRODUCTS = 6


def fill_werft(site: Site) -> None:
    fill_reference(site)
    add_customer(site, PEOPLE[0])
    add_administrator(site)
    categories = make_categories(site)
    attributes = make_attributes(site)
    for number, entry in enumerate((*SIMPLE[:PRODUCTS], families()[0]), 1):
        add_product(site, entry, categories, attributes, number)
