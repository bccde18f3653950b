"""Addresses of the inventory pages."""

from django.urls import URLPattern, URLResolver, path, re_path

from inventory.views import activity, books, customers, families, images, products, purchases, stock

app_name = "inventory"
urlpatterns: list[URLPattern | URLResolver] = [
    path("products/", products.products, name="products"),
    path("products/new/", products.new_product, name="new_product"),
    path("products/<int:pk>/", products.product, name="product"),
    path("products/<int:pk>/edit/", products.edit_product, name="edit_product"),
    path("products/<int:pk>/images/", images.product_images, name="product_images"),
    path("products/<int:pk>/images/section/", images.images_section, name="images_section"),
    re_path(
        r"^media/products/(?P<folder>[0-9]{4}/[0-9]{2})/(?P<name>[A-Za-z0-9_-]{32})\.(?P<ending>jpg|png|gif|webp)$",
        images.picture,
        name="picture",
    ),
    path("products/families/", families.families, name="families"),
    path("products/families/new/", families.new_family, name="new_family"),
    path("products/families/<int:pk>/", families.family, name="family"),
    path("products/families/<int:pk>/edit/", families.edit_family, name="edit_family"),
    path("stock/", stock.stock, name="stock"),
    path("stock/movements/", stock.movements, name="movements"),
    path("stock/oversold/", stock.oversold, name="oversold"),
    path("stock/adjust/", stock.adjust, name="adjust"),
    path("purchases/", purchases.purchase_list, name="purchases"),
    path("purchases/new/", purchases.new_purchase, name="new_purchase"),
    path("purchases/from-low-stock/", purchases.draft_from_reorder, name="purchases_from_low_stock"),
    path("purchases/<int:pk>/", purchases.purchase, name="purchase"),
    path("purchases/<int:pk>/edit/", purchases.edit_purchase, name="edit_purchase"),
    path("purchases/<int:pk>/receive/", purchases.receive_purchase, name="receive_purchase"),
    path("purchases/<int:pk>/void/", purchases.void_purchase, name="void_purchase"),
    path("purchases/<int:pk>/<slug:act>/", purchases.act_on_purchase, name="act_on_purchase"),
    path("purchases/receipts/<int:pk>/undo/", purchases.undo_receipt, name="undo_receipt"),
    path("customers/", customers.customers, name="customers"),
    path("customers/new/", customers.new_customer, name="new_customer"),
    path("customers/<int:pk>/", customers.customer, name="customer"),
    path("customers/<int:pk>/edit/", customers.edit_customer, name="edit_customer"),
    path("activity/", activity.activity, name="activity"),
    path("activity/<int:pk>/", activity.run_page, name="run"),
    path("activity/<int:pk>/cancel/", activity.cancel_run, name="cancel_run"),
    path("activity/<int:pk>/retry/", activity.retry_run, name="retry_run"),
    path("activity/audit/", activity.audit_trail, name="audit"),
    path("books/", books.index, name="books"),
    path("books/organization/", books.organization_page, name="organization"),
    path("books/organization/numbering/<slug:kind>/", books.numbering, name="numbering"),
    path("books/<slug:slug>/", books.book_page, name="book"),
    path("books/<slug:slug>/new/", books.new_entry, name="new_entry"),
    path("books/<slug:slug>/<int:pk>/", books.edit_entry, name="entry"),
    path("books/<slug:slug>/<int:pk>/default/", books.make_default, name="make_default"),
]
