"""The project itself as an app: its commands and system checks."""

from django.apps import AppConfig


class InventorySyncConfig(AppConfig):
    name = "inventory_sync"

    def ready(self) -> None:
        from inventory_sync import checks  # noqa: F401 - registers the checks
