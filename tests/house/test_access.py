"""Every view says who may use it (`inventory_sync.lib.access`), and what it names exists."""

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import Permission
from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.permissions import AllowAny

from inventory_sync.lib.access import Access

# Addresses of packages that check permissions themselves.
CHECKED_ELSEWHERE = ("admin/", "__debug__/")


def views(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, Callable[..., HttpResponse]]]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if route.startswith(CHECKED_ELSEWHERE):
            continue
        if isinstance(entry, URLResolver):
            yield from views(entry, route)
        elif isinstance(entry, URLPattern):
            yield route, entry.callback


def declared(view: Callable[..., HttpResponse]) -> Access | None:
    return getattr(view, "access", None)


def guarded_by_rest_framework(view: Callable[..., HttpResponse]) -> bool:
    permissions = getattr(getattr(view, "cls", None), "permission_classes", [])
    return bool(permissions) and AllowAny not in permissions


@pytest.mark.req("APP-4")
def test_every_view_declares_who_may_use_it() -> None:
    silent = [
        route for route, view in views(get_resolver()) if declared(view) is None and not guarded_by_rest_framework(view)
    ]

    assert silent == []


def test_public_views_give_a_reason() -> None:
    bare = [
        route
        for route, view in views(get_resolver())
        if (access := declared(view)) and not (access.permissions or access.any_user or access.public_because)
    ]

    assert bare == []


@pytest.mark.django_db
def test_every_named_permission_exists() -> None:
    existing = {
        f"{app}.{codename}" for app, codename in Permission.objects.values_list("content_type__app_label", "codename")
    }
    named = {
        permission
        for _, view in views(get_resolver())
        if (access := declared(view))
        for permission in access.permissions
    }

    assert named - existing == set()
