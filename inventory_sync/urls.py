"""Root of the address map: the shell's own pages, then one include a floor."""

from django.contrib import admin
from django.urls import include, path

from inventory_sync.shell.views import accounts, health, home, users

urlpatterns = [
    path("", home.dashboard, name="dashboard"),
    path("search/", home.search, name="search"),
    path("jobs/", home.running_jobs, name="running_jobs"),
    path("theme/", home.theme, name="theme"),
    path("healthz", health.healthz, name="health"),
    path("first-run/", accounts.first_run, name="first_run"),
    path("log-in/", accounts.log_in, name="login"),
    path("log-out/", accounts.log_out, name="logout"),
    path("password/forgotten/", accounts.password_reset, name="password_reset"),
    path("password/forgotten/sent/", accounts.password_reset_done, name="password_reset_done"),
    path("password/new/<uidb64>/<token>/", accounts.password_reset_confirm, name="password_reset_confirm"),
    path("password/new/done/", accounts.password_reset_complete, name="password_reset_complete"),
    path("account/", accounts.account, name="account"),
    path("account/password/", accounts.password_change, name="password_change"),
    path("users/", users.users, name="users"),
    path("users/new/", users.new_user, name="new_user"),
    path("users/<int:pk>/", users.user, name="user"),
    path("users/<int:pk>/active/", users.user_active, name="user_active"),
    path("users/<int:pk>/password/", users.user_password, name="user_password"),
    path("", include("inventory.urls")),
    path("", include("channels.urls")),
    path("", include("catalog.urls")),
    path("", include("orders.urls")),
    path("admin/login/", accounts.admin_log_in, name="admin_log_in"),
    path("admin/", admin.site.urls),
]
