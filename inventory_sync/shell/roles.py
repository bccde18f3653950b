"""The three roles as groups, filled after every migration (SPEC APP-4)."""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from inventory.registry import registry

VIEWER = "Viewer"
OPERATOR = "Operator"
MANAGER = "Manager"
ROLES = (VIEWER, OPERATOR, MANAGER)

_APPS = ("inventory", "channels", "catalog", "orders")
_LABELS = {
    VIEWER: _("Viewer: sees everything, changes nothing"),
    OPERATOR: _("Operator: works with orders, stock and products"),
    MANAGER: _("Manager: also setup, users and everything else"),
}
_PLATFORM = Q(content_type__app_label="channels", codename__startswith="use_")
"""Which platforms a person uses is their own permission, not the role's."""


def role_label(role: str) -> str:
    return str(_LABELS[role])


def role_name(role: str) -> str:
    """First word of the label, for lists."""
    return role_label(role).partition(":")[0] if role in _LABELS else ""


def _permissions(role: str) -> QuerySet[Permission]:
    ours = Permission.objects.filter(content_type__app_label__in=_APPS).exclude(_PLATFORM)
    if role == MANAGER:
        return ours
    wanted = Q(codename__startswith="view_")
    if role == OPERATOR:
        for name in registry.operator_permissions:
            app, _dot, codename = name.partition(".")
            wanted |= Q(content_type__app_label=app, codename=codename)
    return ours.filter(wanted)


def fill_roles(**_kwargs: Any) -> None:
    """Receiver of post_migrate; idempotent. Groups that staff made themselves are left alone."""
    for role in ROLES:
        group, _made = Group.objects.get_or_create(name=role)
        group.permissions.set(_permissions(role))
