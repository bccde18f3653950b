"""Posting the Setup page as a browser does."""

from typing import Any

from django.test import Client
from django.urls import reverse

from channels.forms.setup import SetupForm
from channels.models import Channel


def typed(channel: Channel, **values: Any) -> dict[str, Any]:
    """What the page sends when nothing but `values` was touched."""
    channel.refresh_from_db()
    form = SetupForm(Channel.objects.get(pk=channel.pk))
    found = {}
    for bound in form:
        value = bound.value()
        if value is None or value is False:
            continue
        found[bound.name] = "on" if value is True else getattr(value, "pk", value)
    found.update(values)
    return {name: value for name, value in found.items() if value is not None}


def post(client: Client, channel: Channel, **values: Any) -> Any:
    return client.post(reverse("channels:setup", args=[channel.pk]), typed(channel, **values))
