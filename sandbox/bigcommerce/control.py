"""What a test or a demo may do to a BigCommerce store behind its back."""

from sandbox.bigcommerce import apps
from sandbox.bigcommerce.catalog.products import create_product
from sandbox.bigcommerce.customers import create_customer
from sandbox.bigcommerce.founding import add_location
from sandbox.bigcommerce.hooks.deliveries import Event
from sandbox.bigcommerce.inventory import levels
from sandbox.bigcommerce.inventory.api import target_of
from sandbox.bigcommerce.orders import actions, records
from sandbox.bigcommerce.orders.placing import place_order
from sandbox.bigcommerce.seed.demo import bulk_products
from sandbox.bigcommerce.shops import Shop
from sandbox.db import Json
from sandbox.platforms import Actions


class ShopActions(Actions):
    rules = (
        ("POST", "/accounts", "add_account"),
        ("DELETE", "/accounts/<token>", "remove_account"),
        ("POST", "/app/<step>", "app_step"),
        ("POST", "/customers", "create_customers"),
        ("POST", "/locations", "add_location"),
        ("POST", "/products", "create_products"),
        ("POST", "/products/bulk", "bulk_products"),
        ("PUT", "/stock", "set_stock"),
        ("POST", "/orders", "create_orders"),
        ("POST", "/orders/<int:order_id>/<action>", "order_action"),
        ("POST", "/notices", "send_notice"),
    )

    def add_account(self, shop: Shop, data: Json) -> Json:
        account = {name: str(data[name]) for name in ("token", "client_id", "client_secret")}
        entry = {**account, "scopes": list(data.get("scopes") or ["*"])}
        others = [one for one in shop.settings["accounts"] if one["token"] != entry["token"]]
        shop.save_settings(accounts=[*others, entry])
        return entry

    def remove_account(self, shop: Shop, data: Json, token: str) -> Json:
        """Deleting an API account deletes its hooks, as in real stores."""
        gone = [one for one in shop.settings["accounts"] if one["token"] == token]
        shop.save_settings(accounts=[one for one in shop.settings["accounts"] if one["token"] != token])
        for hook in shop.all("hook"):
            if any(one["client_id"] == hook["client_id"] for one in gone):
                shop.remove("hook", hook["id"])
        return {}

    def app_step(self, shop: Shop, data: Json, step: str) -> Json:
        """Address that the control panel opens for `install` and `load`; the others are called by the store itself."""
        if data.get("address"):
            apps.set_address(shop, str(data["address"]))
        if step == "uninstall":
            apps.uninstall(shop)
        url = apps.install_url(shop) if step == "install" else apps.signed_url(shop, step)
        return {"url": url, "installed": apps.is_installed(shop)}

    def create_customers(self, shop: Shop, data: Json) -> Json:
        return {"ids": [create_customer(shop, entry)["id"] for entry in data["customers"]]}

    def add_location(self, shop: Shop, data: Json) -> Json:
        return add_location(shop, str(data["code"]), str(data["label"]))

    def create_products(self, shop: Shop, data: Json) -> Json:
        made = [create_product(shop, entry) for entry in data["products"]]
        return {"ids": [product["id"] for product in made]}

    def bulk_products(self, shop: Shop, data: Json) -> Json:
        options = {name: data[name] for name in ("prefix", "stock", "price") if name in data}
        first = bulk_products(shop, int(data["count"]), **options)
        return {"first_id": first, "count": int(data["count"])}

    def set_stock(self, shop: Shop, data: Json) -> Json:
        location = int(data.get("location_id") or levels.DEFAULT_LOCATION)
        target = target_of(shop, data)
        levels.store_level(shop, target.key, location, levels.check_quantity(data.get("quantity")))
        levels.announce(shop, target.key, target.variant, "absolute", data["quantity"], "inventory/updated")
        return {"quantity": data["quantity"]}

    def create_orders(self, shop: Shop, data: Json) -> Json:
        ids = [place_order(shop, data) for _ in range(int(data.pop("count", 1)))]
        return {"ids": ids, "orders": [records.load(shop, number) for number in ids[:10]]}

    def order_action(self, shop: Shop, data: Json, order_id: int, action: str) -> Json:
        actions.act(shop, records.load(shop, order_id), action, data)
        return records.load(shop, order_id)

    def send_notice(self, shop: Shop, data: Json) -> Json:
        """Any notice by hand: its scope and data, several times if wanted."""
        event = Event(shop.hash, str(shop.settings["store_id"]), str(data["scope"]), data["data"], shop.now)
        for _ in range(int(data.get("times", 1))):
            shop.db.after_commit(lambda: shop.courier.publish(event))
        return {}
