"""The control API: what a test or a demo needs to know or to cause. Loopback only."""

import json
from dataclasses import asdict
from typing import Any

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from sandbox.catalog.products import create_product
from sandbox.db import Json
from sandbox.faults import KINDS
from sandbox.hooks.deliveries import Event
from sandbox.inventory import levels
from sandbox.inventory.api import target_of
from sandbox.orders import actions, records
from sandbox.orders.placing import place_order
from sandbox.seed.demo import bulk_products, fill_store, seed_world
from sandbox.shops import Shop
from sandbox.wire import ApiError, answer
from sandbox.world import World, add_location

LOOPBACK = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})
STORE = "/_control/stores/<store>"
RULES = (
    ("GET", "/_control/state", "state"),
    ("POST", "/_control/reset", "reset"),
    ("PUT", "/_control/clock", "clock"),
    ("GET", "/_control/requests", "requests"),
    ("DELETE", "/_control/requests", "clear_requests"),
    ("GET", "/_control/deliveries", "deliveries"),
    ("POST", "/_control/deliveries/wait", "wait_deliveries"),
    ("PUT", "/_control/notices", "retry_factor"),
    ("POST", "/_control/stores", "create_store"),
    ("PATCH", STORE, "change_store"),
    ("DELETE", STORE, "remove_store"),
    ("POST", f"{STORE}/accounts", "add_account"),
    ("DELETE", f"{STORE}/accounts/<token>", "remove_account"),
    ("POST", f"{STORE}/locations", "add_location"),
    ("POST", f"{STORE}/products", "create_products"),
    ("POST", f"{STORE}/products/bulk", "bulk_products"),
    ("PUT", f"{STORE}/stock", "set_stock"),
    ("POST", f"{STORE}/orders", "create_orders"),
    ("POST", f"{STORE}/orders/<int:order_id>/<action>", "order_action"),
    ("POST", f"{STORE}/faults", "add_fault"),
    ("DELETE", f"{STORE}/faults", "clear_faults"),
    ("PUT", f"{STORE}/notices", "notice_faults"),
    ("POST", f"{STORE}/notices", "send_notice"),
)


class Control:
    def __init__(self, world: World) -> None:
        self.world = world
        self._map = Map([Rule(path, endpoint=name, methods=[method]) for method, path, name in RULES])

    def respond(self, request: Request) -> Response:
        if request.remote_addr not in LOOPBACK and request.remote_addr is not None:
            return ApiError(403, "The control API answers on the loopback only.").answer(3)
        try:
            name, values = self._map.bind("sandbox").match(request.path, request.method)
            data = body_of(request)
            if name == "wait_deliveries":
                return answer({"idle": self.world.deliveries.wait_idle(float(data.get("seconds", 10)))})
            with self.world.db.transaction():
                found = getattr(self, name)(request, data, **values)
            return answer(found)
        except (NotFound, MethodNotAllowed):
            return ApiError(404, "There is no such control.").answer(3)
        except ApiError as error:
            return error.answer(3)

    def _shop(self, request: Request, store: str) -> Shop:
        return self.world.shop(store, request.host_url)

    def state(self, request: Request, data: Json) -> Json:
        world = self.world
        return {
            "now": world.clock.timestamp(),
            "clock_offset_seconds": world.clock.offset_seconds,
            "retry_factor": world.deliveries.retry_factor,
            "notices_waiting": world.deliveries.waiting(),
            "faults": world.faults.listed(),
            "fault_kinds": KINDS,
            "stores": [store_state(world, store) for store in world.hashes()],
        }

    def reset(self, request: Request, data: Json) -> Json:
        self.world.restart()
        seed_world(self.world, request.host_url, str(data.get("seed") or "demo"))
        return self.state(request, data)

    def clock(self, request: Request, data: Json) -> Json:
        clock = self.world.clock
        if "offset_seconds" in data:
            clock.offset_seconds = float(data["offset_seconds"])
        clock.offset_seconds += float(data.get("advance_seconds") or 0)
        return {"now": clock.timestamp(), "clock_offset_seconds": clock.offset_seconds}

    def requests(self, request: Request, data: Json) -> Json:
        wanted = {name: value for name, value in request.args.items() if name in ("store", "method", "path", "status")}
        found = self.world.log.listed(**wanted)
        return {"count": len(found), "requests": found}

    def clear_requests(self, request: Request, data: Json) -> Json:
        self.world.log.clear()
        return {}

    def deliveries(self, request: Request, data: Json) -> Json:
        found = [asdict(attempt) for attempt in self.world.deliveries.attempts]
        if store := request.args.get("store"):
            found = [attempt for attempt in found if attempt["store"] == store]
        return {"count": len(found), "waiting": self.world.deliveries.waiting(), "attempts": found}

    def retry_factor(self, request: Request, data: Json) -> Json:
        self.world.deliveries.retry_factor = float(data["retry_factor"])
        return {"retry_factor": self.world.deliveries.retry_factor}

    def create_store(self, request: Request, data: Json) -> Json:
        store, seed = str(data.pop("store", "")), str(data.pop("seed", "empty"))
        fill_store(self.world, request.host_url, store, seed, **data)
        return store_state(self.world, store)

    def change_store(self, request: Request, data: Json, store: str) -> Json:
        self._shop(request, store).save_settings(**data)
        return store_state(self.world, store)

    def remove_store(self, request: Request, data: Json, store: str) -> Json:
        self.world.remove_store(store)
        return {}

    def add_account(self, request: Request, data: Json, store: str) -> Json:
        shop = self._shop(request, store)
        account = {name: str(data[name]) for name in ("token", "client_id", "client_secret")}
        entry = {**account, "scopes": list(data.get("scopes") or ["*"])}
        others = [one for one in shop.settings["accounts"] if one["token"] != entry["token"]]
        shop.save_settings(accounts=[*others, entry])
        return entry

    def remove_account(self, request: Request, data: Json, store: str, token: str) -> Json:
        """Deleting an API account deletes its hooks, as in real stores."""
        shop = self._shop(request, store)
        gone = [one for one in shop.settings["accounts"] if one["token"] == token]
        shop.save_settings(accounts=[one for one in shop.settings["accounts"] if one["token"] != token])
        for hook in shop.all("hook"):
            if any(one["client_id"] == hook["client_id"] for one in gone):
                shop.remove("hook", hook["id"])
        return {}

    def add_location(self, request: Request, data: Json, store: str) -> Json:
        return add_location(self._shop(request, store), str(data["code"]), str(data["label"]))

    def create_products(self, request: Request, data: Json, store: str) -> Json:
        shop = self._shop(request, store)
        made = [create_product(shop, entry) for entry in data["products"]]
        return {"ids": [product["id"] for product in made]}

    def bulk_products(self, request: Request, data: Json, store: str) -> Json:
        options = {name: data[name] for name in ("prefix", "stock", "price") if name in data}
        first = bulk_products(self._shop(request, store), int(data["count"]), **options)
        return {"first_id": first, "count": int(data["count"])}

    def set_stock(self, request: Request, data: Json, store: str) -> Json:
        shop = self._shop(request, store)
        location = int(data.get("location_id") or levels.DEFAULT_LOCATION)
        target = target_of(shop, data)
        levels.store_level(shop, target.key, location, levels.check_quantity(data.get("quantity")))
        levels.announce(shop, target.key, target.variant, "absolute", data["quantity"], "inventory/updated")
        return {"quantity": data["quantity"]}

    def create_orders(self, request: Request, data: Json, store: str) -> Json:
        shop = self._shop(request, store)
        ids = [place_order(shop, data) for _ in range(int(data.pop("count", 1)))]
        return {"ids": ids, "orders": [records.load(shop, number) for number in ids[:10]]}

    def order_action(self, request: Request, data: Json, store: str, order_id: int, action: str) -> Json:
        shop = self._shop(request, store)
        actions.act(shop, records.load(shop, order_id), action, data)
        return records.load(shop, order_id)

    def add_fault(self, request: Request, data: Json, store: str) -> Json:
        return asdict(self.world.faults.add(store, data))

    def clear_faults(self, request: Request, data: Json, store: str) -> Json:
        self.world.faults.clear(None if store == "*" else store)
        return {}

    def notice_faults(self, request: Request, data: Json, store: str) -> Json:
        faults = self.world.deliveries.faults(store)
        faults.duplicates = int(data.get("duplicates", 0))
        faults.delay_seconds = float(data.get("delay_seconds", 0))
        faults.drop = int(data.get("drop", 0))
        faults.shuffle = int(data.get("shuffle", 0))
        return {name: value for name, value in asdict(faults).items() if name != "held"}

    def send_notice(self, request: Request, data: Json, store: str) -> Json:
        """Any notice by hand: its scope and data, several times if wanted."""
        shop = self._shop(request, store)
        event = Event(store, str(shop.settings["store_id"]), str(data["scope"]), data["data"], shop.now)
        for _ in range(int(data.get("times", 1))):
            shop.db.after_commit(lambda: self.world.deliveries.publish(event))
        return {}


def body_of(request: Request) -> Json:
    text = request.get_data(as_text=True)
    if not text:
        return {}
    if request.mimetype != "application/json":
        raise ApiError(415, "Send application/json.")
    try:
        found: Any = json.loads(text)
    except ValueError as error:
        raise ApiError(400, "The body is not JSON.") from error
    if not isinstance(found, dict):
        raise ApiError(422, "The body must be a JSON object.")
    return found


def store_state(world: World, store: str) -> Json:
    settings = world.settings(store) or {}
    counts = {
        table: world.db.number(f"SELECT COUNT(*) FROM {table} WHERE store = ?", store)
        for table in ("product", "variant", "orders")
    }
    hooks = world.db.all(store, "hook")
    return {"store": store, "settings": settings, "counts": counts, "hooks": hooks}
