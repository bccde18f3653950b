"""Activities and changes of a channel are seen only by those who see the channel (SPEC CON-2, JOB-2)."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from inventory.models import User
from inventory.services import audit, runs
from tests.factories.channels import ChannelFactory
from tests.factories.inventory import NOW, UserFactory, organization

pytestmark = [pytest.mark.django_db, pytest.mark.req("CON-2")]


def test_a_user_without_the_platform_sees_no_activity_of_its_channels(client) -> None:
    organization()
    channel = ChannelFactory(name="Nordhafen")
    run = runs.start_run(kind="download", title="Secret download", scope_key=channel.scope_key, user=None, now=NOW)
    audit.record(user=None, action="Changed", obj=channel, label="Secret change", scope_key=channel.scope_key, now=NOW)
    user: User = UserFactory(role="Operator")
    client.force_login(user)

    def seen(name: str, *args: int) -> str:
        return client.get(reverse(f"inventory:{name}", args=args)).content.decode()

    assert "Secret" not in seen("activity") + seen("audit") + client.get("/").content.decode()
    assert client.get(reverse("inventory:run", args=[run.pk])).status_code == 404
    assert client.post(reverse("inventory:cancel_run", args=[run.pk])).status_code == 404

    user.user_permissions.add(Permission.objects.get(codename=f"use_{channel.platform}"))
    assert "Secret download" in seen("activity")
    assert "Secret change" in seen("audit")
    assert "Secret download" in seen("run", run.pk)
