"""The storefront's doors: which page answers which address."""

from pathlib import Path
from urllib.parse import urlencode

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from sandbox.db import Json
from sandbox.pages.markup import plain_text
from sandbox.problems import Problem
from sandbox.woocommerce.auth import granting
from sandbox.woocommerce.auth.pages import RULES as AUTH_RULES
from sandbox.woocommerce.auth.pages import AuthPages
from sandbox.woocommerce.auth.requests import SCOPES
from sandbox.woocommerce.catalog import terms
from sandbox.woocommerce.orders import actions, drafts, records
from sandbox.woocommerce.orders.api_tracking import items_of
from sandbox.woocommerce.orders.refund_records import left_to_refund, refunds_of
from sandbox.woocommerce.orders.shapes import order_shape
from sandbox.woocommerce.orders.statuses import TRASH, names_of
from sandbox.woocommerce.sites import Site
from sandbox.woocommerce.storefront import listing, ordering, staff
from sandbox.woocommerce.storefront.ordering import OrderForm
from sandbox.woocommerce.wire import ApiError

STORE = "/woo/<store>"
RULES = (
    ("GET", f"{STORE}/", "products"),
    ("GET", f"{STORE}/product/<slug>/", "product"),
    ("GET", f"{STORE}/order", "order_form"),
    ("POST", f"{STORE}/order", "send_order"),
    ("GET", f"{STORE}/orders", "orders"),
    ("GET", f"{STORE}/orders/<int:order_id>", "order"),
    ("GET", f"{STORE}/checkout/order-pay/<int:order_id>/", "order_pay"),
    ("POST", f"{STORE}/orders/<int:order_id>/<action>", "order_action"),
    ("GET", f"{STORE}/staff", "staff_page"),
    ("POST", f"{STORE}/staff/products/<int:number>", "change_product"),
    ("POST", f"{STORE}/staff/variations/<int:number>", "change_variation"),
    ("POST", f"{STORE}/staff/stock/<int:number>", "change_stock"),
    ("GET", f"{STORE}/keys", "keys"),
    ("POST", f"{STORE}/keys", "add_key"),
    ("POST", f"{STORE}/keys/revoke", "revoke_key"),
)
DONE = {
    "placed": "Thank you. Your order has been received.",
    "pay": "The payment is received.",
    "complete": "The order is completed.",
    "status": "The status is changed.",
    "cancel": "The order is cancelled.",
    "hold": "The order is on hold.",
    "refund": "The refund is made.",
    "ship": "The order is shipped and completed.",
    "trash": "The order is in the trash.",
    "restore": "The order is restored.",
    "delete": "The order is deleted for good.",
    "edit_address": "The address is changed.",
    "edit_line": "The line is changed.",
    "note": "The note is added.",
    "saved": "Saved.",
    "revoked": "The key is revoked.",
}
ORDERS_PAGE = 50
QUEUE_SECONDS = 2.0
"""How long placing waits for the notice of the draft, as a shopper would fill in the form meanwhile."""


class Storefront(AuthPages):
    rules = RULES + AUTH_RULES
    templates = Path(__file__).parent / "templates"
    filters = {"plain": plain_text, "unescape": terms.plain_name}
    done = DONE
    piecewise = frozenset({"send_order", "access_granted"})

    def products(self, request: Request, store: str) -> Response:
        site = self.site_of(request, store)
        words, category = request.args.get("q", "").strip(), request.args.get("category", 0, type=int)
        page = max(1, request.args.get("page", 1, type=int))
        cards, total = listing.product_page(site, words, category, page)
        top = [entry for entry in site.all(terms.CATEGORY) if not entry["parent"]]
        turn = {
            number: "?" + urlencode({"q": words, "category": category, "page": number})
            for number in (page - 1, page + 1)
        }
        values = {"cards": cards, "total": total, "page": page, "more": page * listing.PAGE < total, "turn": turn}
        return self.page(request, site, "products.html", words=words, category=category, categories=top, **values)

    def product(self, request: Request, store: str, slug: str) -> Response:
        site = self.site_of(request, store)
        return self.page(request, site, "product.html", product=listing.by_slug(site, slug))

    def order_form(self, request: Request, store: str) -> Response:
        form = ordering.blank_form(request.args.get("code", ""), request.args.get("quantity", "1"))
        return self._order_page(request, self.site_of(request, store), form, None)

    def _order_page(self, request: Request, site: Site, form: OrderForm, totals: Json | None) -> Response:
        response = self.page(
            request,
            site,
            "order_form.html",
            form=form,
            totals=totals,
            fields=ordering.FIELDS,
            required=ordering.REQUIRED,
            countries=ordering.COUNTRIES,
            customers=ordering.customers(site),
            suggestions=listing.suggestions(site),
            coupons=[coupon for coupon in site.all("coupon") if coupon["status"] == "publish"],
            shipping_methods=drafts.shipping_methods(site),
            payment_methods=ordering.payment_methods(site),
        )
        response.status_code = 422 if form.errors else 200
        return response

    def send_order(self, request: Request, store: str) -> Response:
        """The checkout: first a draft of the order, of which the store tells already, then the order itself."""
        form, wish = ordering.sent_form(request.form), request.form.get("do", "place")
        with self.world.db.transaction():
            site = self.site_of(request, store)
            if wish == "more":
                return self._order_page(request, site, form, None)
            draft = ordering.draft_of(site, form, request.headers.get("User-Agent", ""))
            order = self._checkout(site, form, draft, placing=wish != "totals") if not form.errors else None
            if order is None or wish == "totals":
                return self._order_page(request, site, form, order_shape(site, order) if order is not None else None)
        self.world.deliveries.wait_idle(QUEUE_SECONDS)
        with self.world.db.transaction():
            drafts.place(site, order, draft)
        return redirect(f"{site.home}orders/{order['id']}?done=placed", 303)

    def _checkout(self, site: Site, form: OrderForm, draft: Json, *, placing: bool) -> Json | None:
        try:
            order = drafts.build(site, {**draft, "created_via": "store-api"})
        except Problem as error:
            form.errors.append(error.message)
            return None
        if problem := listing.short_of(site, order["lines"]):
            form.errors.append(problem)
            return None
        if placing:
            drafts.add_checkout_marks(site, order)
            drafts.keep_draft(site, order)
        return order

    def orders(self, request: Request, store: str) -> Response:
        site = self.site_of(request, store)
        page = max(1, request.args.get("page", 1, type=int))
        sql = "SELECT id FROM woo_order WHERE store = ? ORDER BY id DESC LIMIT ? OFFSET ?"
        rows = site.db.rows(sql, site.name, ORDERS_PAGE, (page - 1) * ORDERS_PAGE)
        found = [order_shape(site, records.find(site, row["id"])) for row in rows]
        more = len(found) == ORDERS_PAGE
        return self.page(request, site, "orders.html", orders=found, names=self._names(site), page=page, more=more)

    def _names(self, site: Site) -> dict[str, str]:
        return {**names_of(site), TRASH: "Trash", "auto-draft": "Draft"}

    def order(self, request: Request, store: str, order_id: int) -> Response:
        site = self.site_of(request, store)
        order = records.find(site, order_id)
        values = {
            "order": order_shape(site, order),
            "left": left_to_refund(site, order),
            "refunds": refunds_of(site, order_id),
            "notes": site.all("order_note", order_id),
            "trackings": items_of(order),
        }
        return self.page(request, site, "order.html", names=self._names(site), countries=ordering.COUNTRIES, **values)

    def order_pay(self, request: Request, store: str, order_id: int) -> Response:
        return redirect(f"{self.site_of(request, store).home}orders/{order_id}", 302)

    def order_action(self, request: Request, store: str, order_id: int, action: str) -> Response:
        site = self.site_of(request, store)
        data: Json = request.form.to_dict()
        if action == "refund" and data.get("line_id"):
            data["items"] = [{"line_id": data["line_id"], "quantity": data.get("quantity") or 1}]
        if action == "refund" and "from_form" in data:
            data["restock"] = "restock" in data
        if data.get("amount"):
            data["amount"] = data["amount"].replace(",", ".")
        try:
            actions.order_action(site, data, order_id, action)
        except ApiError as error:
            raise Problem(min(error.status, 422), error.message) from error
        there = "" if action == "delete" else f"/{order_id}"
        return redirect(f"{site.home}orders{there}?done={action}", 303)

    def staff_page(self, request: Request, store: str) -> Response:
        site = self.site_of(request, store)
        words, page = request.args.get("q", "").strip(), max(1, request.args.get("page", 1, type=int))
        cards, total = listing.product_page(site, words, 0, page, staff=True)
        more = page * listing.PAGE < total
        return self.page(request, site, "staff.html", rows=cards, total=total, page=page, more=more, words=words)

    def change_product(self, request: Request, store: str, number: int) -> Response:
        site = self.site_of(request, store)
        staff.change_product(site, number, request.form.get("name", ""), request.form.get("price"))
        return redirect(f"{site.home}staff?done=saved#product-{number}", 303)

    def change_variation(self, request: Request, store: str, number: int) -> Response:
        site = self.site_of(request, store)
        staff.change_variation(site, number, request.form.get("price", ""))
        return redirect(f"{site.home}staff?done=saved#variation-{number}", 303)

    def change_stock(self, request: Request, store: str, number: int) -> Response:
        site = self.site_of(request, store)
        staff.change_stock(site, number, request.form.get("quantity", "").strip())
        return redirect(f"{site.home}staff?done=saved#stock-{number}", 303)

    def keys(self, request: Request, store: str) -> Response:
        return self._keys_page(request, self.site_of(request, store), None)

    def _keys_page(self, request: Request, site: Site, made: Json | None) -> Response:
        entries = site.settings["keys"]
        return self.page(request, site, "keys.html", entries=entries, made=made, scopes=SCOPES)

    def add_key(self, request: Request, store: str) -> Response:
        """As in the real store, the secret is shown once, now."""
        site = self.site_of(request, store)
        scope, description = request.form.get("permissions", ""), request.form.get("description", "").strip()
        if scope not in SCOPES or not description:
            raise Problem(422, "A key needs a description and permissions.")
        return self._keys_page(request, site, granting.make_key(site, scope, description))

    def revoke_key(self, request: Request, store: str) -> Response:
        site = self.site_of(request, store)
        granting.drop_key(site, request.form.get("consumer_key", ""))
        return redirect(f"{site.home}keys?done=revoked", 303)
