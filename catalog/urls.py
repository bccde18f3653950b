"""Addresses of the catalog pages."""

from django.urls import URLPattern, URLResolver, path

from catalog.views import bulk, conflicts, customers, download, drift, explain, plan, preview, product, selected, tab

app_name = "catalog"
_TAB = "channels/<int:channel_id>/catalog"
_BULK = "channels/<int:channel_id>/bulk"
urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{_TAB}/", tab.catalog, name="catalog"),
    path(f"{_TAB}/progress/", tab.progress, name="progress"),
    path(f"{_TAB}/selection/", selected.selection, name="selection"),
    path(f"{_TAB}/unlink/", selected.unlink, name="unlink"),
    path(f"{_TAB}/buffer/", selected.set_buffer, name="set_buffer"),
    path(f"{_TAB}/push-affected/", selected.push_affected, name="push_affected"),
    path(f"{_TAB}/download/", download.download, name="download"),
    path(f"{_TAB}/download/look/", download.look, name="look"),
    path(f"{_TAB}/download/start/", download.start, name="start_download"),
    path(f"{_TAB}/download/<int:run_id>/resume/", download.resume, name="resume_download"),
    path(f"{_TAB}/conflicts/", conflicts.conflicts, name="conflicts"),
    path(f"{_TAB}/conflicts/all/", conflicts.decide_all, name="decide_conflicts"),
    path(f"{_TAB}/conflicts/<int:conflict_id>/", conflicts.conflict, name="conflict"),
    path(f"{_TAB}/conflicts/<int:conflict_id>/take-back/", conflicts.take_back, name="take_back_conflict"),
    path("catalog/conflict-products/", conflicts.products, name="conflict_products"),
    path(f"{_TAB}/customers/", customers.customers, name="customers"),
    path(f"{_TAB}/customers/download/", customers.start, name="download_customers"),
    path(f"{_TAB}/customers/<int:conflict_id>/", customers.decide, name="decide_customer"),
    path(f"{_TAB}/differences/", drift.drift, name="drift"),
    path(f"{_TAB}/differences.csv", drift.drift_csv, name="drift_csv"),
    path(f"{_TAB}/differences/compare/", drift.start, name="start_drift"),
    path(f"{_TAB}/differences/heal/", drift.heal, name="heal_drift"),
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
    path(f"{_TAB}/products/<int:product_id>/why/", explain.why, name="why"),
    path(f"{_TAB}/products/<int:product_id>/save/", product.save, name="save_product"),
    path(f"{_TAB}/products/<int:product_id>/act/", product.act, name="act_on_product"),
    path(f"{_TAB}/products/<int:product_id>/changes/", product.changes, name="changes"),
    path(f"{_BULK}/", bulk.bulk, name="bulk"),
    path(f"{_BULK}/check/", bulk.check, name="check"),
    path(f"{_BULK}/<int:run_id>/", plan.plan, name="plan"),
    path(f"{_BULK}/<int:run_id>.csv", plan.plan_csv, name="plan_csv"),
    path(f"{_BULK}/<int:run_id>/ticks/", plan.ticks, name="plan_ticks"),
    path(f"{_BULK}/<int:run_id>/confirm/", plan.confirm, name="confirm_plan"),
    path(f"{_BULK}/<int:run_id>/again/", plan.again, name="plan_again"),
    path(f"{_BULK}/<int:run_id>/drop/", plan.drop, name="drop_plan"),
    path("catalog/previews/<int:run_id>/", plan.plan_run, name="plan_run"),
    path("catalog/products/<int:product_id>/", product.panel, name="panel"),
]
