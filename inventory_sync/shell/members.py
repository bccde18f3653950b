"""Who works here: users, their role, platforms and channels (SPEC APP-4, APP-14)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import Group, Permission
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from channels.models import Channel, ChannelAccess
from channels.registry import platform_specs
from inventory.models import Organization, User
from inventory.services import audit
from inventory_sync.lib.errors import ProductError
from inventory_sync.shell.roles import MANAGER, ROLES, role_label

_PLATFORM_PREFIX = "use_"


class MemberRefused(ProductError):
    """The change would lock everybody out, or the name is taken."""


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a user can be given; empty lists are not asked for."""

    roles: list[tuple[str, str]]
    platforms: list[tuple[str, str]]
    channels: list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Rights:
    """Role, platform slugs, and primary keys of the channels a user is limited to (none: no limit)."""

    role: str
    platforms: tuple[str, ...] = ()
    channels: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Profile:
    first_name: str = ""
    last_name: str = ""
    email: str = ""


def choices() -> Choices:
    connected = Channel.objects.filter(disconnected_at__isnull=True).order_by("name", "pk")
    return Choices(
        roles=[(role, role_label(role)) for role in ROLES],
        platforms=[(spec.slug, str(spec.label)) for spec in platform_specs()],
        channels=[(str(pk), name) for pk, name in connected.values_list("pk", "name")],
    )


def valid_username(name: str) -> str:
    """The name as it is stored. Two spellings that differ in case only are the same person."""
    name = User.normalize_username(name.strip())
    UnicodeUsernameValidator()(name)
    if User.objects.filter(username__iexact=name).exists():
        raise ValidationError(_("“%(name)s” is taken.") % {"name": name})
    return name


def everybody() -> QuerySet[User]:
    """Users with what the list shows, the active ones first."""
    return User.objects.prefetch_related("groups", "user_permissions", "channel_access__channel").order_by(
        "-is_active", "username"
    )


def rights_of(user: User) -> Rights:
    """Reads only what `everybody()` fetched. A superuser without a role counts as manager with every platform."""
    names = {group.name for group in user.groups.all()}
    given = {permission.codename for permission in user.user_permissions.all()}
    slugs = [spec.slug for spec in platform_specs()]
    fallback = MANAGER if user.is_superuser else ""
    return Rights(
        role=next((role for role in reversed(ROLES) if role in names), fallback),
        platforms=tuple(slug for slug in slugs if user.is_superuser or _PLATFORM_PREFIX + slug in given),
        channels=tuple(row.channel_id for row in user.channel_access.all()),
    )


def create_member(*, username: str, password: str, profile: Profile, rights: Rights, by: User, now: datetime) -> User:
    """Raises MemberRefused when somebody took the name a moment ago."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                user = User.objects.create_user(
                    username,
                    profile.email,
                    password,
                    first_name=profile.first_name,
                    last_name=profile.last_name,
                )
        except IntegrityError as error:
            raise MemberRefused(_("“%(name)s” is taken.") % {"name": username}) from error
        _give(user, rights)
        changes = {"role": ("", rights.role), "platforms": ("", ", ".join(rights.platforms))}
        _record(by=by, action=_("Added user"), user=user, changes=changes, now=now)
    return user


def change_member(user: User, *, profile: Profile, rights: Rights, by: User, now: datetime) -> None:
    """Raises MemberRefused when no active manager would be left."""
    with transaction.atomic():
        before = rights_of(user)
        if before.role == MANAGER and rights.role != MANAGER:
            _keep_a_manager(user)
        user.first_name, user.last_name, user.email = profile.first_name, profile.last_name, profile.email
        user.is_superuser = user.is_superuser and rights.role == MANAGER
        user.is_staff = user.is_staff and rights.role == MANAGER
        user.save(update_fields=["first_name", "last_name", "email", "is_superuser", "is_staff"])
        _give(user, rights)
        changes = {
            name: (old, new)
            for name, old, new in (
                ("role", before.role, rights.role),
                ("platforms", ", ".join(before.platforms), ", ".join(rights.platforms)),
                ("channels", _listed(before.channels), _listed(rights.channels)),
            )
            if old != new
        }
        _record(by=by, action=_("Changed user"), user=user, changes=changes, now=now)


def set_active(user: User, *, active: bool, by: User, now: datetime) -> None:
    """A user who was deactivated is logged out at the next click and cannot log in. History keeps the name."""
    with transaction.atomic():
        if not active and user.pk == by.pk:
            raise MemberRefused(_("You cannot deactivate yourself. Ask another manager."))
        if not active and rights_of(user).role == MANAGER:
            _keep_a_manager(user)
        if User.objects.filter(pk=user.pk, is_active=not active).update(is_active=active):
            action = _("Activated user") if active else _("Deactivated user")
            _record(by=by, action=action, user=user, changes={"active": (not active, active)}, now=now)


def set_password(user: User, *, password: str, by: User, now: datetime) -> None:
    """All sessions of the user end."""
    with transaction.atomic():
        user.set_password(password)
        user.save(update_fields=["password"])
        _record(by=by, action=_("Set the password"), user=user, changes={}, now=now)


def _give(user: User, rights: Rights) -> None:
    user.groups.set(Group.objects.filter(name=rights.role))
    wanted = [_PLATFORM_PREFIX + slug for slug in rights.platforms]
    known = [_PLATFORM_PREFIX + spec.slug for spec in platform_specs()]
    platform_permissions = Permission.objects.filter(content_type__app_label="channels")
    user.user_permissions.remove(*platform_permissions.filter(codename__in=known).exclude(codename__in=wanted))
    user.user_permissions.add(*platform_permissions.filter(codename__in=wanted))
    user.channel_access.exclude(channel__in=rights.channels).delete()
    ChannelAccess.objects.bulk_create(
        [ChannelAccess(user=user, channel_id=pk) for pk in rights.channels], ignore_conflicts=True
    )


def _keep_a_manager(user: User) -> None:
    """Writing the organization's row makes these changes wait for each other: two managers cannot remove each other."""
    Organization.objects.update(name=F("name"))
    managers = User.objects.filter(is_active=True, groups__name=MANAGER)
    superusers = User.objects.filter(is_active=True, is_superuser=True)
    others = managers.exclude(pk=user.pk).exists() or superusers.exclude(pk=user.pk).exists()
    if not others:
        raise MemberRefused(_("%(name)s is the last manager. Make somebody else a manager first.") % {"name": user})


def _listed(keys: Sequence[int]) -> str:
    return ", ".join(str(key) for key in sorted(keys))


def _record(*, by: User, action: str, user: User, changes: audit.Changes, now: datetime) -> None:
    audit.record(user=by, action=action, obj=user, changes=changes, now=now)
