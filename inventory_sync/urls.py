"""Root of the addresses."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("inventory.urls")),
    path("", include("channels.urls")),
    path("", include("catalog.urls")),
    path("", include("orders.urls")),
]
