"""What store staff change on their page: a product's name and price, a variant's stock."""

from decimal import Decimal, InvalidOperation

from sandbox.bigcommerce.catalog.products import find_product, update_product
from sandbox.bigcommerce.catalog.variants import find_variant
from sandbox.bigcommerce.inventory import levels
from sandbox.bigcommerce.shops import Shop
from sandbox.bigcommerce.wire import ApiError, number


def change_product(shop: Shop, product_id: int, name: str, price: str) -> None:
    try:
        amount = Decimal(price.replace(",", ".")).quantize(Decimal("0.0001"))
    except InvalidOperation as error:
        raise ApiError(422, "The price is not a number.") from error
    if amount < 0:
        raise ApiError(422, "The price must not be negative.")
    update_product(shop, find_product(shop, product_id), {"name": name.strip(), "price": number(amount)})


def change_stock(shop: Shop, variant_id: int, quantity: str) -> None:
    variant = find_variant(shop, variant_id)
    product = find_product(shop, variant["product_id"])
    if product["inventory_tracking"] == "none":
        raise ApiError(422, "The stock of this product is not tracked.")
    if not quantity.isascii() or not quantity.isdigit():
        raise ApiError(422, "The stock must be a whole number.")
    level = levels.check_quantity(int(quantity))
    key = levels.stock_key(product, variant)
    levels.store_level(shop, key, levels.DEFAULT_LOCATION, level)
    levels.announce(shop, key, variant, "absolute", level, "inventory/updated")
