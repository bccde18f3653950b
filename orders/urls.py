"""Addresses of the orders pages."""

from django.urls import URLPattern, URLResolver, path

from orders.views import log, orders, pending, sales

app_name = "orders"
sale_urls: list[URLPattern | URLResolver] = [
    path("sales/", sales.sales, name="sales"),
    path("sales/<int:sale_id>/", sales.sale, name="sale"),
    path("sales/<int:sale_id>/stages/<slug:stage>/authorize/", sales.authorize, name="authorize"),
    path("sales/<int:sale_id>/stages/<slug:stage>/undo/", sales.undo, name="undo"),
    path("sales/<int:sale_id>/pick/fill/", sales.fill_pick, name="fill-pick"),
    path("sales/<int:sale_id>/lines/<int:line_id>/supplier/", sales.line_supplier, name="line-supplier"),
    path("sales/<int:sale_id>/purchases/", sales.draft_purchases, name="draft-purchases"),
    path("sales/<int:sale_id>/shipment/", sales.shipment, name="shipment"),
    path("sales/<int:sale_id>/void/", sales.void, name="void"),
    path("sales/<int:sale_id>/payments/", sales.add_payment, name="add-payment"),
    path("sales/<int:sale_id>/payments/<int:payment_id>/void/", sales.void_payment, name="void-payment"),
]
order_urls: list[URLPattern | URLResolver] = [
    path("channels/<int:channel_id>/pending/", pending.pending, name="pending"),
    path("channels/<int:channel_id>/pending/process/", pending.process, name="process"),
    path("channels/<int:channel_id>/log/", log.log, name="log"),
    path("orders/pending/", pending.pending_all, name="pending-all"),
    path("orders/pending/process/", pending.process_all, name="process-all"),
    path("orders/<int:order_id>/", orders.order, name="order"),
    path("orders/<int:order_id>/process/", orders.process, name="process-one"),
    path("orders/<int:order_id>/read-again/", orders.read_again, name="read-again"),
    path("orders/<int:order_id>/delete/", orders.delete, name="delete"),
    path("orders/<int:order_id>/keep/", orders.keep, name="keep"),
    path("orders/<int:order_id>/void/", orders.void, name="void-cancelled"),
    path("orders/<int:order_id>/load-again/", orders.load_again, name="load-again"),
    path("orders/<int:order_id>/settle/", orders.settle, name="settle"),
]
urlpatterns: list[URLPattern | URLResolver] = [*order_urls, *sale_urls]
