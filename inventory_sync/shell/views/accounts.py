"""First run, log-in and log-out, forgotten password, one's own account (SPEC APP-14, INV-17)."""

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, views
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from inventory.models import User
from inventory.services.organization import OrganizationExists, set_up_organization
from inventory_sync.lib.access import any_user, public
from inventory_sync.shell import organization, throttle
from inventory_sync.shell.forms import AccountForm, FirstRunForm, ForgottenPasswordForm, LogInForm


@public("There is nobody yet who could log in; afterwards it only leads to the log-in.")
@sensitive_post_parameters("password", "password_again")
@require_http_methods(["GET", "HEAD", "POST"])
def first_run(request: HttpRequest) -> HttpResponse:
    """Makes the organization, its reference books and the first administrator, once."""
    if organization.current(request):
        return redirect("login")
    form = FirstRunForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            set_up_organization(**_set_up_facts(form.cleaned_data), now=timezone.now())
        except OrganizationExists as error:
            messages.warning(request, error.message)
            return redirect("login")
        administrator = User.objects.get(username=form.cleaned_data["username"])
        login(request, administrator, backend=settings.AUTHENTICATION_BACKENDS[0])
        messages.success(request, _("Everything is set up. Connect a store next."))
        return redirect("dashboard")
    return render(request, "shell/first_run.html", {"form": form})


def _set_up_facts(data: dict[str, Any]) -> dict[str, str]:
    return {
        "name": data["name"],
        "address": data["address"],
        "country": data["country"],
        "time_zone": data["time_zone"],
        "base_currency": data["base_currency"],
        "admin_username": data["username"],
        "admin_email": data["email"],
        "admin_password": data["password"],
        "admin_full_name": data["full_name"],
    }


class _LogIn(views.LoginView):
    form_class = LogInForm
    redirect_authenticated_user = True


class _ForgottenPassword(views.PasswordResetView):
    form_class = ForgottenPasswordForm
    email_template_name = "registration/password_reset_email.txt"
    subject_template_name = "registration/password_reset_subject.txt"
    extra_email_context = {"public_url": settings.PUBLIC_URL}

    def get_form(self, form_class: Any = None) -> Any:
        form = cast("ForgottenPasswordForm", super().get_form(form_class))
        form.address = throttle.client_address(self.request)
        return form


class _OwnPassword(views.PasswordChangeView):
    success_url = reverse_lazy("account")

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, _("Your password is changed. Other devices are logged out."))
        return super().form_valid(form)


@public("Leads to the log-in; the admin's own would not be slowed down.")
def admin_log_in(request: HttpRequest) -> HttpResponse:
    """Somebody who is logged in already and comes here lacks the admin's permission."""
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next", ""))


def _page(view: Any) -> Callable[..., HttpResponse]:
    """Django's views answer with an HttpResponse, which their types do not say."""
    return cast("Callable[..., HttpResponse]", view.as_view())


_forgot = public("Somebody who forgot the password cannot log in.")

log_in = public("The log-in itself.")(_page(_LogIn))
log_out = any_user(_page(views.LogoutView))
password_reset = _forgot(_page(_ForgottenPassword))
password_reset_done = _forgot(_page(views.PasswordResetDoneView))
password_reset_confirm = _forgot(_page(views.PasswordResetConfirmView))
password_reset_complete = _forgot(_page(views.PasswordResetCompleteView))
password_change = any_user(_page(_OwnPassword))


@any_user
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Name, email, time zone and theme of the user who looks."""
    user = cast("User", request.user)
    form = AccountForm(request.POST or None, instance=User.objects.get(pk=user.pk))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Your account is saved."))
        return redirect("account")
    return render(request, "shell/account.html", {"form": form})
