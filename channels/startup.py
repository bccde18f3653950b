"""What channels register when Django starts."""

from django.db.models.signals import post_migrate

from channels.handlers import HANDLERS
from channels.registry import discover_platforms, registry
from channels.services.platforms import create_platform_permissions
from channels.services.schedules import ensure_schedules


def connect() -> None:
    """Idempotent."""
    discover_platforms()
    for handler in HANDLERS:
        registry.add_handler(handler)
    post_migrate.connect(create_platform_permissions, dispatch_uid="channels.platform_permissions")
    post_migrate.connect(ensure_schedules, dispatch_uid="channels.schedules")
