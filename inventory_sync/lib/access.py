"""Every view says who may use it. A house test walks the URL map and fails where one is silent."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, resolve_url

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


@dataclass(frozen=True)
class Access:
    """What a view asks for; kept on the view as `access`."""

    permissions: tuple[str, ...] = ()
    public_because: str = ""
    any_user: bool = False


def _declare(view: Callable[..., HttpResponseBase], access: Access) -> Callable[..., HttpResponseBase]:
    view.access = access  # type: ignore[attr-defined]
    return view


def requires(*permissions: str) -> Callable[[View], View]:
    """All of these permissions; visitors without log-in are sent to it, users without permission get 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect(f"{resolve_url(settings.LOGIN_URL)}?next={quote(request.get_full_path())}")
            if not request.user.has_perms(permissions):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return _declare(guarded, Access(permissions=permissions))  # type: ignore[return-value]

    return decorate


def any_user(view: View) -> View:
    """Any logged-in user (own account, dashboard, search)."""
    return _declare(login_required(view), Access(any_user=True))  # type: ignore[return-value]


def public(because: str) -> Callable[[View], View]:
    """No log-in: the reason is part of the declaration (store notices, health, log-in itself)."""

    def decorate(view: View) -> View:
        return _declare(view, Access(public_because=because))  # type: ignore[return-value]

    return decorate
