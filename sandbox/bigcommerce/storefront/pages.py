"""The storefront's doors: which page answers which address."""

from decimal import Decimal
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from sandbox.bigcommerce import apps
from sandbox.bigcommerce.catalog.images import picture_file
from sandbox.bigcommerce.orders import actions, records
from sandbox.bigcommerce.orders.placing import place_order, quote_order
from sandbox.bigcommerce.orders.refunds import refunded_total
from sandbox.bigcommerce.orders.statuses import STATUSES
from sandbox.bigcommerce.shops import Shop
from sandbox.bigcommerce.storefront import listing, ordering, staff
from sandbox.bigcommerce.storefront.ordering import OrderForm
from sandbox.bigcommerce.wire import ApiError, v2_date
from sandbox.db import Json
from sandbox.pages.frame import POLICY, Pages
from sandbox.pages.markup import plain_text
from sandbox.problems import Problem

STORE = "/stores/<store>"
RULES = (
    ("GET", f"{STORE}/", "products"),
    ("GET", f"{STORE}/products/<int:product_id>", "product"),
    ("GET", f"{STORE}/pictures/<int:number>", "picture"),
    ("GET", f"{STORE}/order", "order_form"),
    ("POST", f"{STORE}/order", "send_order"),
    ("GET", f"{STORE}/orders", "orders"),
    ("GET", f"{STORE}/orders/<int:order_id>", "order"),
    ("POST", f"{STORE}/orders/<int:order_id>/<action>", "order_action"),
    ("GET", f"{STORE}/panel", "panel"),
    ("POST", f"{STORE}/panel/<step>", "panel_step"),
    ("GET", f"{STORE}/staff", "staff_page"),
    ("POST", f"{STORE}/staff/products/<int:product_id>", "change_product"),
    ("POST", f"{STORE}/staff/variants/<int:variant_id>", "change_stock"),
)
DONE = {
    "placed": "Thank you, the order is placed.",
    "pay": "The payment is received.",
    "status": "The status is changed.",
    "cancel": "The order is cancelled.",
    "archive": "The order is archived.",
    "refund": "The order is refunded.",
    "ship": "The shipment is created.",
    "saved": "Saved.",
    "address": "The app is at this address from now on.",
    "uninstall": "The app is removed.",
    "remove-user": "The app was told.",
}
ORDERS_PAGE = 50


class Storefront(Pages):
    rules = RULES
    templates = Path(__file__).parent / "templates"
    filters = {"date": v2_date, "plain": plain_text}
    done = DONE

    def _shop(self, request: Request, store: str) -> Shop:
        shop = self.world.open(store, request.host_url)
        if not isinstance(shop, Shop):
            raise Problem(404, f"There is no store {store}.")
        return shop

    def products(self, request: Request, store: str) -> Response:
        shop = self._shop(request, store)
        words, category = request.args.get("q", "").strip(), request.args.get("category", 0, type=int)
        page = max(1, request.args.get("page", 1, type=int))
        shapes, total = listing.product_page(shop, words, category, page)
        cards = [(shape, listing.choices_of(shape), listing.stock_text(shape)) for shape in shapes]
        top = [entry for entry in shop.all("category") if entry["parent_id"] == 0]
        more = page * listing.PAGE < total
        turn = {
            number: "?" + urlencode({"q": words, "category": category, "page": number})
            for number in (page - 1, page + 1)
        }
        values = {"cards": cards, "total": total, "page": page, "more": more, "turn": turn}
        return self.page(request, shop, "products.html", words=words, category=category, categories=top, **values)

    def product(self, request: Request, store: str, product_id: int) -> Response:
        shop = self._shop(request, store)
        shape, choices = listing.one_with_choices(shop, product_id)
        brand = shop.get("brand", int(shape["brand_id"] or 0))
        stock = listing.stock_text(shape)
        return self.page(request, shop, "product.html", product=shape, choices=choices, brand=brand, stock=stock)

    def picture(self, request: Request, store: str, number: int) -> Response:
        found = picture_file(self._shop(request, store), number)
        if found is None:
            raise Problem(404, f"There is no picture {number}.")
        return Response(found[0], content_type=found[1])

    def order_form(self, request: Request, store: str) -> Response:
        form = ordering.blank_form(request.args.get("code", ""), request.args.get("quantity", "1"))
        return self._order_page(request, self._shop(request, store), form, None)

    def _order_page(self, request: Request, shop: Shop, form: OrderForm, totals: Json | None) -> Response:
        response = self.page(
            request,
            shop,
            "order_form.html",
            form=form,
            totals=totals,
            fields=ordering.FIELDS,
            required=ordering.REQUIRED,
            countries=ordering.COUNTRIES,
            customers=ordering.customers(shop),
            suggestions=listing.sku_suggestions(shop),
            coupons=shop.all("coupon"),
            shipping_methods=shop.all("shipping_method"),
            payment_methods=shop.all("payment_method"),
        )
        response.status_code = 422 if form.errors else 200
        return response

    def send_order(self, request: Request, store: str) -> Response:
        """“Show totals” and “Add lines” only show the form again."""
        shop = self._shop(request, store)
        form, wish = ordering.sent_form(request.form), request.form.get("do", "place")
        if wish == "more":
            return self._order_page(request, shop, form, None)
        draft = ordering.draft_of(shop, form)
        if form.errors:
            return self._order_page(request, shop, form, None)
        try:
            if wish == "totals":
                return self._order_page(request, shop, form, quote_order(shop, draft))
            number = place_order(shop, draft)
        except ApiError as error:
            form.errors.append(error.message)
            return self._order_page(request, shop, form, None)
        return redirect(f"/stores/{store}/orders/{number}?done=placed", 303)

    def orders(self, request: Request, store: str) -> Response:
        shop = self._shop(request, store)
        page = max(1, request.args.get("page", 1, type=int))
        sql = "SELECT id FROM orders WHERE store = ? ORDER BY id DESC LIMIT ? OFFSET ?"
        rows = shop.db.rows(sql, shop.hash, ORDERS_PAGE, (page - 1) * ORDERS_PAGE)
        found = [records.load(shop, row["id"]) for row in rows]
        more = len(found) == ORDERS_PAGE
        return self.page(request, shop, "orders.html", orders=found, statuses=STATUSES, page=page, more=more)

    def order(self, request: Request, store: str, order_id: int) -> Response:
        shop = self._shop(request, store)
        order = records.load(shop, order_id)
        parts = {kind: shop.all(f"order_{kind}", order_id) for kind in ("product", "address", "coupon", "fee")}
        refunded = refunded_total(shop, order_id)
        shipments = shop.all("shipment", order_id)
        left = Decimal(order["total_inc_tax"]) - refunded
        values = {"order": order, "parts": parts, "refunded": refunded, "left": left, "shipments": shipments}
        lines = [line for line in parts["product"] if line["order_address_id"]]
        to_ship = any(line["quantity_shipped"] < line["quantity"] for line in lines)
        return self.page(request, shop, "order.html", statuses=STATUSES, to_ship=to_ship, **values)

    def order_action(self, request: Request, store: str, order_id: int, action: str) -> Response:
        shop = self._shop(request, store)
        actions.act(shop, records.load(shop, order_id), action, request.form.to_dict())
        return redirect(f"/stores/{store}/orders/{order_id}?done={action}", 303)

    def panel(self, request: Request, store: str) -> Response:
        return self._panel(request, self._shop(request, store), "")

    def _panel(self, request: Request, shop: Shop, frame: str) -> Response:
        values = {"frame": frame, "address": apps.address_of(shop), "installed": apps.is_installed(shop)}
        response = self.page(request, shop, "panel.html", **values)
        parts = urlsplit(apps.address_of(shop))
        response.headers["Content-Security-Policy"] = f"{POLICY}; frame-src {parts.scheme}://{parts.netloc}"
        return response

    def panel_step(self, request: Request, store: str, step: str) -> Response:
        """Installing and launching show the app in a frame; of the rest the app is told behind the scenes."""
        shop = self._shop(request, store)
        if step == "install":
            return self._panel(request, shop, apps.install_url(shop))
        if step == "load":
            return self._panel(request, shop, apps.signed_url(shop, "load"))
        if step == "address":
            apps.set_address(shop, request.form.get("address", "").strip())
        elif step == "uninstall":
            apps.uninstall(shop)
        elif step == "remove-user":
            apps.tell(shop, "remove-user")
        else:
            raise Problem(404, "There is no such page.")
        return redirect(f"/stores/{store}/panel?done={step}", 303)

    def staff_page(self, request: Request, store: str) -> Response:
        shop = self._shop(request, store)
        words, page = request.args.get("q", "").strip(), max(1, request.args.get("page", 1, type=int))
        shapes, total = listing.product_page(shop, words, None, page)
        rows = [(shape, listing.choices_of(shape)) for shape in shapes]
        more = page * listing.PAGE < total
        values = {"rows": rows, "total": total, "page": page, "more": more, "words": words}
        return self.page(request, shop, "staff.html", **values)

    def change_product(self, request: Request, store: str, product_id: int) -> Response:
        name, price = request.form.get("name", ""), request.form.get("price", "")
        staff.change_product(self._shop(request, store), product_id, name, price)
        return redirect(f"/stores/{store}/staff?done=saved#product-{product_id}", 303)

    def change_stock(self, request: Request, store: str, variant_id: int) -> Response:
        staff.change_stock(self._shop(request, store), variant_id, request.form.get("quantity", "").strip())
        return redirect(f"/stores/{store}/staff?done=saved#variant-{variant_id}", 303)
