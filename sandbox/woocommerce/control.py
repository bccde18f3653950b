"""What a test or a demo may do to a WooCommerce store behind its back."""

from typing import Any

from sandbox.db import Json
from sandbox.platforms import Actions
from sandbox.problems import Problem
from sandbox.woocommerce.catalog import products, records, stock, variations
from sandbox.woocommerce.orders import actions
from sandbox.woocommerce.reference.customers import add_person
from sandbox.woocommerce.seed.bulk import bulk_products
from sandbox.woocommerce.sites import Site


class SiteActions(Actions):
    rules = (
        ("POST", "/accounts", "add_account"),
        ("DELETE", "/accounts/<consumer_key>", "remove_account"),
        ("POST", "/customers", "create_customers"),
        ("POST", "/products", "create_products"),
        ("POST", "/products/bulk", "bulk_products"),
        ("PUT", "/stock", "set_stock"),
        ("POST", "/orders", "create_orders"),
        ("POST", "/orders/<int:order_id>/<action>", "order_action"),
        ("POST", "/notices", "send_notice"),
    )

    def add_account(self, site: Site, data: Json) -> Json:
        """A key; the one that was there under the same name is replaced."""
        entry = {
            "consumer_key": str(data["consumer_key"]),
            "consumer_secret": str(data["consumer_secret"]),
            "permissions": str(data.get("permissions") or "read_write"),
            "user_id": int(data.get("user_id") or 1),
            "role": str(data.get("role") or "administrator"),
            "description": str(data.get("description") or ""),
        }
        others = [one for one in site.settings["keys"] if one["consumer_key"] != entry["consumer_key"]]
        site.save_settings(keys=[*others, entry])
        return entry

    def remove_account(self, site: Site, data: Json, consumer_key: str) -> Json:
        site.save_settings(keys=[one for one in site.settings["keys"] if one["consumer_key"] != consumer_key])
        return {}

    def create_customers(self, site: Site, data: Json) -> Json:
        """People as the API takes them."""
        return {"ids": [add_person(site, entry)["id"] for entry in data["customers"]]}

    def send_notice(self, site: Site, data: Json) -> Json:
        """Tell of a change that was none: the topic as ``scope``, the resource's number in ``data``."""
        for _ in range(int(data.get("times", 1))):
            site.announce(str(data["scope"]), int(data["data"]["id"]))
        return {}

    def create_products(self, site: Site, data: Json) -> Json:
        """Products as the API takes them; ``variations`` beside the fields are made too."""
        return {"ids": [create(site, entry)["id"] for entry in data["products"]]}

    def bulk_products(self, site: Site, data: Json) -> Json:
        known = ("prefix", "stock", "price", "variations_each", "families")
        options: dict[str, Any] = {name: data[name] for name in known if name in data}
        first = bulk_products(site, int(data["count"]), **options)
        return {"first_id": first, "count": int(data["count"])}

    def create_orders(self, site: Site, data: Json) -> Json:
        return actions.create_orders(site, data)

    def order_action(self, site: Site, data: Json, order_id: int, action: str) -> Json:
        return actions.order_action(site, data, order_id, action)

    def set_stock(self, site: Site, data: Json) -> Json:
        """By ``sku``, ``variant_id`` or ``product_id``; the parent's level where the parent keeps it."""
        body = named(site, data)
        owner = stock.owner_of(site, body)
        if owner is None:
            raise Problem(422, f"Nobody manages the stock of {body['name']}.")
        stock.set_level(site, owner, int(data["quantity"]))
        return {"quantity": data["quantity"]}


def create(site: Site, entry: Json) -> Json:
    body = products.create_product(site, {name: value for name, value in entry.items() if name != "variations"})
    for child in entry.get("variations") or []:
        variations.create_variation(site, records.find_product(site, body["id"]), child)
    return records.find_product(site, body["id"])


def named(site: Site, data: Json) -> Json:
    """The product or variation that a control call means."""
    number = data.get("variant_id") or data.get("product_id")
    if number:
        return records.find_product(site, int(number))
    sql = "SELECT id FROM woo_product WHERE store = ? AND sku_key = ? AND status <> 'trash' ORDER BY id LIMIT 1"
    row = site.db.row(sql, site.name, str(data.get("sku") or "").casefold())
    if row is None:
        raise Problem(404, f"There is no product with the SKU {data.get('sku')}.")
    return records.find_product(site, row["id"])
