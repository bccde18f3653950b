"""Opening the way to a store, and the permission that each platform asks for (CON-2)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from channels.models import Channel
from channels.ports import Connection, Platform
from channels.registry import platform_spec, platform_specs


def open_platform(
    channel: Channel, *, before_call: Callable[[], None] | None = None, is_impatient: bool = False
) -> Platform:
    """The channel's store; opens the stored credentials and makes no call. Raises SecretUnreadable."""
    return platform_spec(channel.platform).connect(
        Connection(
            identity=channel.store_identity,
            api_url=channel.api_url,
            secrets=channel.credentials,
            options=channel.connection_options,
            private_addresses=tuple(settings.PRIVATE_ADDRESSES_ALLOWED),
            before_call=before_call,
            bucket_key=f"{channel.platform}:{channel.store_identity}",
            is_impatient=is_impatient,
        )
    )


def guard_connection(connection: Connection, *, slug: str) -> Connection:
    """A connection from typed values, for somebody who waits, with the allow-list of private addresses."""
    return replace(
        connection,
        is_impatient=True,
        private_addresses=tuple(settings.PRIVATE_ADDRESSES_ALLOWED),
        bucket_key=f"{slug}:{connection.identity}",
    )


def notice_url(channel: Channel) -> str:
    """Address the store sends its notices to."""
    path = reverse("channels:notices", args=[channel.platform, channel.notice_token])
    return f"{settings.PUBLIC_URL}{path}"


def create_platform_permissions(**_kwargs: Any) -> None:
    """Receiver of post_migrate: one permission for every installed platform. Idempotent."""
    ContentType.objects.clear_cache()  # a flush gives content types new keys
    content_type = ContentType.objects.get_for_model(Channel)
    for spec in platform_specs():
        Permission.objects.get_or_create(
            content_type=content_type,
            codename=f"use_{spec.slug}",
            defaults={"name": f"Integration: eCommerce – {spec.label}"},
        )
