"""BigCommerce in the sandbox: quota, tokens and scopes, the table of routes."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.wrappers import Request, Response

from sandbox.bigcommerce import apps, customers, reference
from sandbox.bigcommerce.calls import Call, route_map
from sandbox.bigcommerce.catalog import api_groups, api_products, api_variants
from sandbox.bigcommerce.control import ShopActions
from sandbox.bigcommerce.founding import found_shop
from sandbox.bigcommerce.hooks import api as hooks_api
from sandbox.bigcommerce.hooks.deliveries import HookCourier
from sandbox.bigcommerce.inventory import api as inventory_api
from sandbox.bigcommerce.limits import Grant, RateLimits
from sandbox.bigcommerce.orders import api_orders, api_payments, api_shipments
from sandbox.bigcommerce.seed.demo import FILLS
from sandbox.bigcommerce.shops import DEFAULT_SETTINGS, Account, Shop, account_of
from sandbox.bigcommerce.storefront.pages import Storefront
from sandbox.bigcommerce.tables import SCHEMA, TABLES
from sandbox.bigcommerce.wire import NOT_FOUND, ApiError
from sandbox.db import Json
from sandbox.faults import Fault
from sandbox.platforms import Platform
from sandbox.stores import Store

if TYPE_CHECKING:
    from sandbox.world import World

NOUNS = (
    reference,
    customers,
    api_groups,
    api_products,
    api_variants,
    inventory_api,
    api_orders,
    api_shipments,
    api_payments,
    hooks_api,
)


class BigCommerce(Platform):
    slug = "bigcommerce"
    schema = SCHEMA
    tables = TABLES
    prefix = "stores"

    def __init__(self, world: "World") -> None:
        super().__init__(world)
        self.actions, self.pages, self.seeds = ShopActions(), Storefront(world), FILLS
        self.limits = RateLimits()
        self.courier = HookCourier(world.db, world.clock, world.deliveries, self.secret_of)
        self._routes = route_map([noun.routes for noun in NOUNS])

    def route(self, request: Request) -> tuple[str, str] | None:
        if request.path == apps.TOKEN_PATH:
            return apps.context_of(request), apps.TOKEN_PATH
        parts = request.path.split("/")
        if len(parts) > 3 and parts[1] == self.prefix and parts[3] in ("v2", "v3"):
            return parts[2], "/" + "/".join(parts[3:])
        return None

    def serve(self, store: str, path: str, fault: Fault | None, handle: Callable[[], Response]) -> Response:
        settings = self.world.settings(store) or {}
        grant = self.limits.take(store, {"rate_quota": 150, "rate_window_ms": 30000, **settings})
        if grant.allowed:
            response = handle()
        else:
            response = ApiError(429, "Too many requests: the quota of this window is used up.").answer(version_of(path))
        if fault is None or fault.kind != "overload":
            response.headers.update(quota_headers(grant, fault))
        return response

    def dispatch(self, request: Request, store: str, path: str) -> Response:
        version = version_of(path)
        try:
            shop = self._shop(store, request)
            if path == apps.TOKEN_PATH:
                return self._token(shop, request)
            account = authenticate(shop, request)
            try:
                target, values = self._routes.bind("sandbox").match(path, request.method)
            except NotFound as error:
                raise ApiError(404, NOT_FOUND) from error
            except MethodNotAllowed as error:
                raise ApiError(405, "The method is not allowed here.") from error
            endpoint, scope = target
            if not account.may(scope, request.method):
                raise ApiError(403, "You don't have a required scope to access the endpoint.")
            call = Call(shop, request, account, version)
            with self.world.db.transaction():
                found: Response = endpoint(call, **values)
            return found
        except ApiError as error:
            return error.answer(version)

    def _token(self, shop: Shop, request: Request) -> Response:
        if request.method != "POST":
            raise ApiError(405, "The method is not allowed here.")
        with self.world.db.transaction():
            return apps.exchange(shop, request)

    def _shop(self, store: str, request: Request) -> Shop:
        settings = self.world.settings(store)
        if settings is None or settings.get("platform", self.slug) != self.slug:
            raise ApiError(404, f"There is no store {store}.")
        return self.open(store, settings, request.host_url.rstrip("/"))

    def failure(self, status: int, path: str) -> Response:
        return ApiError(status, "The sandbox was told to fail.").answer(version_of(path))

    def defaults(self) -> Json:
        found: Json = json.loads(json.dumps(DEFAULT_SETTINGS))
        return found

    def open(self, name: str, settings: Json, base_url: str) -> Shop:
        return Shop(self.world.db, self.world.clock, name, settings, base_url, self.courier)

    def found(self, store: Store) -> None:
        if isinstance(store, Shop):
            found_shop(store)

    def counts(self, name: str) -> dict[str, int]:
        sql = "SELECT COUNT(*) FROM {} WHERE store = ?"
        return {table: self.world.db.number(sql.format(table), name) for table in ("product", "variant", "orders")}

    def restart(self) -> None:
        self.limits.reset()

    def secret_of(self, store: str, client_id: str) -> str:
        settings = self.world.settings(store) or {"accounts": []}
        accounts = [account_of(entry) for entry in settings["accounts"]]
        return next((account.client_secret for account in accounts if account.client_id == client_id), "")


def version_of(path: str) -> int:
    return 2 if path.startswith("/v2") else 3


def quota_headers(grant: Grant, fault: Fault | None) -> dict[str, str]:
    headers = grant.headers()
    if fault is not None and fault.kind == "too_many":
        headers["X-Rate-Limit-Requests-Left"] = "0"
        headers["X-Rate-Limit-Time-Reset-Ms"] = str(int(fault.seconds * 1000))
    return headers


def authenticate(shop: Shop, request: Request) -> Account:
    token = request.headers.get("X-Auth-Token", "")
    for account in shop.accounts():
        if token and account.token == token:
            return account
    raise ApiError(401, "The access token is missing or not valid for this store.")
