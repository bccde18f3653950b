"""Users and roles (SPEC APP-4, APP-14)."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inventory.models import User
from inventory_sync.lib.access import requires
from inventory_sync.lib.paging import page_of
from inventory_sync.shell import members
from inventory_sync.shell.forms import MemberForm, MemberPasswordForm
from inventory_sync.shell.members import MemberRefused, Profile, Rights
from inventory_sync.shell.roles import OPERATOR, role_name


@requires("inventory.manage_users")
@require_safe
def users(request: HttpRequest) -> HttpResponse:
    page = page_of(request, members.everybody())
    platforms = dict(members.choices().platforms)
    rows = [_row(user, platforms) for user in page.object_list]
    return render(request, "shell/users.html", {"page": page, "rows": rows})


def _row(user: User, platforms: dict[str, str]) -> dict[str, Any]:
    rights = members.rights_of(user)
    return {
        "user": user,
        "role": role_name(rights.role),
        "platforms": [platforms[slug] for slug in rights.platforms],
        "channels": [access.channel.name for access in user.channel_access.all()],
    }


@requires("inventory.manage_users")
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def new_user(request: HttpRequest) -> HttpResponse:
    form = MemberForm(
        request.POST or None, initial={"role": OPERATOR, "platforms": list(dict(members.choices().platforms))}
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            user = members.create_member(
                username=data["username"],
                password=data["password"],
                profile=_profile(data),
                rights=_rights(data),
                by=cast("User", request.user),
                now=timezone.now(),
            )
        except MemberRefused as error:
            form.add_error("username", error.message)
        else:
            messages.success(request, _("%(name)s can log in now.") % {"name": user})
            return redirect("users")
    return render(request, "shell/user.html", {"form": form})


@requires("inventory.manage_users")
@require_http_methods(["GET", "HEAD", "POST"])
def user(request: HttpRequest, pk: int) -> HttpResponse:
    member = get_object_or_404(User, pk=pk)
    form = MemberForm(request.POST or None, member=member, initial=_initial(member))
    if request.method == "POST" and form.is_valid():
        try:
            data = form.cleaned_data
            members.change_member(
                member,
                profile=_profile(data),
                rights=_rights(data),
                by=cast("User", request.user),
                now=timezone.now(),
            )
        except MemberRefused as error:
            form.add_error("role", error.message)
        else:
            messages.success(request, _("%(name)s is saved.") % {"name": member})
            return redirect("users")
    context = {"form": form, "member": member, "password_form": MemberPasswordForm(member)}
    return render(request, "shell/user.html", context)


@requires("inventory.manage_users")
@require_POST
def user_active(request: HttpRequest, pk: int) -> HttpResponse:
    """Field `active`: 1 lets the user log in again, anything else locks them out."""
    member = get_object_or_404(User, pk=pk)
    active = request.POST.get("active") == "1"
    try:
        members.set_active(member, active=active, by=cast("User", request.user), now=timezone.now())
    except MemberRefused as error:
        messages.error(request, error.message)
    else:
        text = _("%(name)s can log in again.") if active else _("%(name)s cannot log in any more.")
        messages.success(request, text % {"name": member})
    return redirect("user", pk=pk)


@requires("inventory.manage_users")
@sensitive_post_parameters("password")
@require_POST
def user_password(request: HttpRequest, pk: int) -> HttpResponse:
    member = get_object_or_404(User, pk=pk)
    form = MemberPasswordForm(member, request.POST)
    if not form.is_valid():
        context = {"form": MemberForm(member=member, initial=_initial(member)), "member": member, "password_form": form}
        return render(request, "shell/user.html", context)
    password = form.cleaned_data["password"]
    members.set_password(member, password=password, by=cast("User", request.user), now=timezone.now())
    messages.success(request, _("%(name)s has the new password and is logged out everywhere.") % {"name": member})
    return redirect("user", pk=pk)


def _initial(member: User) -> dict[str, Any]:
    rights = members.rights_of(members.everybody().get(pk=member.pk))
    return {
        "username": member.username,
        "first_name": member.first_name,
        "last_name": member.last_name,
        "email": member.email,
        "role": rights.role,
        "platforms": list(rights.platforms),
        "channels": [str(pk) for pk in rights.channels],
    }


def _profile(data: dict[str, Any]) -> Profile:
    return Profile(first_name=data["first_name"], last_name=data["last_name"], email=data["email"])


def _rights(data: dict[str, Any]) -> Rights:
    return Rights(
        role=data["role"],
        platforms=tuple(data.get("platforms", ())),
        channels=tuple(int(pk) for pk in data.get("channels", ())),
    )
