"""What channels register when Django starts."""

from django.db.models.signals import post_migrate
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from channels import presence
from channels.handlers import HANDLERS
from channels.models import Channel
from channels.queries import hidden_scopes
from channels.registry import ChannelTab, discover_platforms, registry
from channels.services.platforms import create_platform_permissions
from channels.services.schedules import ensure_schedules
from inventory.registry import registry as house

OPERATOR_PERMISSIONS = {"channels.retry_job"}


def setup_url(channel: Channel) -> str:
    return reverse("channels:setup", args=[channel.pk])


def connect() -> None:
    """Idempotent."""
    discover_platforms()
    for handler in HANDLERS:
        registry.add_handler(handler)
    if not any(tab.slug == "setup" for tab in registry.tabs):
        registry.tabs.append(
            ChannelTab(slug="setup", label=_("Setup"), order=10, url=setup_url, permission="channels.view_channel")
        )
        house.rail.append(presence.rail)
        house.dashboard_work.append(presence.work)
        house.search_providers.append(presence.search)
        house.hidden_scopes.append(hidden_scopes)
    house.operator_permissions |= OPERATOR_PERMISSIONS
    post_migrate.connect(create_platform_permissions, dispatch_uid="channels.platform_permissions")
    post_migrate.connect(ensure_schedules, dispatch_uid="channels.schedules")
