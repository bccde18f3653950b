"""Addresses of the orders pages."""

from django.urls import URLPattern, URLResolver, path

from orders.views import sales

app_name = "orders"
sale_urls: list[URLPattern | URLResolver] = [
    path("sales/", sales.sales, name="sales"),
    path("sales/<int:sale_id>/", sales.sale, name="sale"),
    path("sales/<int:sale_id>/stages/<slug:stage>/authorize/", sales.authorize, name="authorize"),
    path("sales/<int:sale_id>/stages/<slug:stage>/undo/", sales.undo, name="undo"),
    path("sales/<int:sale_id>/pick/fill/", sales.fill_pick, name="fill-pick"),
    path("sales/<int:sale_id>/shipment/", sales.shipment, name="shipment"),
    path("sales/<int:sale_id>/void/", sales.void, name="void"),
    path("sales/<int:sale_id>/payments/", sales.add_payment, name="add-payment"),
    path("sales/<int:sale_id>/payments/<int:payment_id>/void/", sales.void_payment, name="void-payment"),
]
urlpatterns: list[URLPattern | URLResolver] = [*sale_urls]
