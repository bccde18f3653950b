"""Addresses of the catalog pages."""

from django.urls import URLPattern, URLResolver, path

from catalog.views import download, preview, product, tab

app_name = "catalog"
_TAB = "channels/<int:channel_id>/catalog"
urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{_TAB}/", tab.catalog, name="catalog"),
    path(f"{_TAB}/progress/", tab.progress, name="progress"),
    path(f"{_TAB}/selection/", tab.selection, name="selection"),
    path(f"{_TAB}/unlink/", tab.unlink, name="unlink"),
    path(f"{_TAB}/download/", download.download, name="download"),
    path(f"{_TAB}/download/look/", download.look, name="look"),
    path(f"{_TAB}/download/start/", download.start, name="start_download"),
    path(f"{_TAB}/left-out/", download.left_out, name="left_out"),
    path(f"{_TAB}/left-out.csv", download.left_out_csv, name="left_out_csv"),
    path(f"{_TAB}/stock-preview/", preview.stock_preview, name="stock_preview"),
    path(f"{_TAB}/stock-preview/start/", preview.start, name="start_preview"),
    path(f"{_TAB}/stock-preview/<int:run_id>/confirm/", preview.confirm, name="confirm_preview"),
    path(f"{_TAB}/stock-preview/<int:run_id>.csv", preview.preview_csv, name="preview_csv"),
    path(f"{_TAB}/products/<int:product_id>/", product.product, name="product"),
    path(f"{_TAB}/products/<int:product_id>/switch/", product.switch, name="switch"),
    path(f"{_TAB}/products/<int:product_id>/update/", product.update, name="update"),
    path(f"{_TAB}/products/<int:product_id>/unlink/", product.unlink, name="unlink_product"),
    path("catalog/products/<int:product_id>/", product.panel, name="panel"),
]
