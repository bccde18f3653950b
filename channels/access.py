"""Who may open a channel's pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from channels.queries import channels_for, with_work
from inventory_sync.lib.access import requires

View = Callable[..., HttpResponse]


def requires_channel(*permissions: str) -> Callable[[View], View]:
    """Like `requires`, for a view with `channel_id` in its address: the view gets `channel` instead.

    A channel of a platform or store the user may not see answers 404, as one that does not exist (APP-4).
    """

    def decorate(view: View) -> View:
        @requires("channels.view_channel", *permissions)
        @wraps(view)
        def guarded(request: HttpRequest, channel_id: int, *args: Any, **kwargs: Any) -> HttpResponse:
            channel = get_object_or_404(with_work(channels_for(request.user)).select_related("settings"), pk=channel_id)
            return view(request, *args, channel=channel, **kwargs)

        return guarded

    return decorate
