"""The frame of the pages."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ShellConfig(AppConfig):
    name = "inventory_sync.shell"
    verbose_name = _("Shell")

    def ready(self) -> None:
        from inventory_sync.shell.roles import fill_roles

        post_migrate.connect(fill_roles, dispatch_uid="inventory_sync.shell.roles")
