"""Addresses of the channels pages."""

from django.urls import URLPattern, URLResolver, path

from channels.views import notices

app_name = "channels"
urlpatterns: list[URLPattern | URLResolver] = [
    path("notices/<slug:platform>/<str:token>/", notices.receive, name="notices"),
]
