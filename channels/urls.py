"""Addresses of the channels pages."""

from django.urls import URLPattern, URLResolver, path

from channels.views import connect, connect_steps, notices, overview, setup

app_name = "channels"
urlpatterns: list[URLPattern | URLResolver] = [
    path("notices/<slug:platform>/<str:token>/", notices.receive, name="notices"),
    path("connect/<slug:slug>/<slug:step>/", connect_steps.step, name="step"),
    path("connect/<slug:slug>/<slug:step>/<str:token>/", connect_steps.attempt_step, name="attempt_step"),
    path("channels/", overview.channels, name="channels"),
    path("channels/connect/", connect.choose_platform, name="choose_platform"),
    path("channels/connect/approvals/<int:attempt_id>/", connect_steps.approval, name="approval"),
    path("channels/connect/<slug:slug>/", connect.connect, name="connect"),
    path("channels/customers/", setup.customers, name="customers"),
    path("channels/<int:channel_id>/setup/", setup.setup, name="setup"),
    path("channels/<int:channel_id>/setup/load/", setup.load, name="load"),
    path("channels/<int:channel_id>/setup/check/", setup.check, name="check"),
    path("channels/<int:channel_id>/setup/pause/", setup.pause, name="pause"),
    path("channels/<int:channel_id>/setup/resume/", setup.resume, name="resume"),
    path("channels/<int:channel_id>/setup/credentials/", connect.credentials, name="credentials"),
    path("channels/<int:channel_id>/setup/disconnect/", connect.disconnect, name="disconnect"),
    path("channels/<int:channel_id>/failed/", overview.failed, name="failed"),
    path("channels/<int:channel_id>/failed/retry/", overview.retry_failed, name="retry_failed"),
    path("channels/<int:channel_id>/failed/discard/", overview.discard_failed, name="discard_failed"),
]
