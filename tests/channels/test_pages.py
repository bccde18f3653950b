"""Lists, frame, rail and dashboard of channels: who sees what, and what they cost."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels import presence
from channels.enums import ChannelState, JobState, Notices
from channels.models import ChangeMark, Channel, ChannelAccess, SyncJob
from channels.queries import Work, channels_for, health_of, with_work, work_of
from inventory.models import User
from tests.factories.channels import NOW, ChannelFactory, SyncJobFactory, member
from tests.factories.inventory import UserFactory
from tests.statements import statements

pytestmark = pytest.mark.django_db


@pytest.mark.req("APP-4")
def test_who_sees_which_channel(client: Client) -> None:
    first, second = ChannelFactory(name="A"), ChannelFactory(name="B")
    ChannelFactory(name="C", state=ChannelState.DISCONNECTED)
    everything, nothing, limited = member("Viewer"), member("Viewer", platforms=()), member("Viewer")
    ChannelAccess.objects.create(user=limited, channel=second)
    admin = UserFactory(is_superuser=True)

    seen = {user: list(channels_for(user)) for user in (everything, nothing, limited, admin)}

    assert seen == {everything: [first, second], nothing: [], limited: [second], admin: [first, second]}
    client.force_login(limited)
    assert client.get(reverse("channels:setup", args=[first.pk])).status_code == 404
    assert client.get(reverse("channels:setup", args=[second.pk])).status_code == 200
    assert "Store A" not in client.get(reverse("channels:channels")).content.decode()


@pytest.mark.parametrize(
    ("columns", "failed", "tone", "word"),
    [
        ({}, 0, "ok", "Healthy"),
        ({"state": ChannelState.NEEDS_SIGN_IN}, 0, "bad", "Needs sign-in"),
        ({"state": ChannelState.PAUSED}, 0, "off", "Paused"),
        ({"sign_in_failures": 1}, 0, "warn", "Sign-in refused"),
        ({"failures": 3}, 0, "warn", "Store does not answer"),
        ({"failures": 2}, 0, "ok", "Healthy"),
        ({}, 2, "warn", "Needs attention"),
        ({"notices": Notices.BROKEN}, 0, "warn", "Needs attention"),
        ({"last_poll_at": NOW - timedelta(hours=3)}, 0, "warn", "Behind"),
    ],
)
def test_health_in_words(columns: dict[str, object], failed: int, tone: str, word: str) -> None:
    channel = ChannelFactory(**columns)

    health = health_of(channel, work=Work(failed=failed), now=NOW)

    assert (health.tone, health.word) == (tone, word)


def test_waiting_and_failed_work_is_counted_for_all_channels_at_once() -> None:
    first, second = ChannelFactory(), ChannelFactory()
    SyncJobFactory(channel=first)
    SyncJobFactory(channel=first, state=JobState.FAILED)
    ChangeMark.objects.create(channel=second, kind="order", key="1")

    with statements() as sql:
        found = [work_of(channel) for channel in with_work(Channel.objects.order_by("pk"))]

    assert len(sql) == 1
    assert [(work.waiting, work.failed) for work in found] == [(1, 1), (1, 0)]
    assert [work_of(first), work_of(second)] == found


def test_the_list_asks_the_same_number_of_questions_for_one_and_three(client: Client) -> None:
    client.force_login(member())
    url = reverse("channels:channels")

    def asked() -> int:
        with statements() as sql:
            assert client.get(url).status_code == 200
        return len(sql)

    ChannelFactory()
    client.get(url)
    one = asked()
    ChannelFactory.create_batch(2)
    assert asked() == one


def test_the_list_without_channels_says_what_to_do(client: Client, django_db_reset_sequences: None) -> None:
    from tests.factories import inventory

    inventory.organization()
    client.force_login(member())
    assert "Connect a store" in client.get(reverse("channels:channels")).content.decode()
    client.force_login(member("Viewer"))
    page = client.get(reverse("channels:channels")).content.decode()
    assert "Ask a manager" in page


def fresh(user: User) -> User:
    """Without cached permissions."""
    return User.objects.get(pk=user.pk)


@pytest.mark.req("APP-10")
def test_rail_dashboard_and_search_show_what_the_user_may_see() -> None:
    healthy = ChannelFactory(name="Alpha", last_poll_at=timezone.now())
    broken = ChannelFactory(name="Beta", state=ChannelState.NEEDS_SIGN_IN, state_reason="No.")
    failing = ChannelFactory(name="Gamma", last_poll_at=timezone.now())
    SyncJobFactory(channel=failing, state=JobState.FAILED)
    user, stranger = member("Viewer"), member("Viewer", platforms=())

    rail = [(entry.label, entry.tone, entry.state_word) for entry in presence.rail(user)]
    assert rail == [
        ("Alpha", "ok", "Healthy"),
        ("Beta", "bad", "Needs sign-in"),
        ("Gamma", "warn", "Needs attention"),
        ("All channels", "", ""),
    ]
    assert [(item.title, item.tone, item.count) for item in presence.work(user)] == [
        ("Beta", "bad", 1),
        ("Gamma", "warn", 1),
    ]
    assert [hit.label for hit in presence.search(user, "alp")] == [healthy.name]
    assert [entry.label for entry in presence.rail(stranger)] == ["All channels"]
    assert list(presence.work(stranger)) == list(presence.search(stranger, broken.name)) == []


def test_the_rail_costs_one_statement_for_any_number_of_channels() -> None:
    user = member("Viewer")
    ChannelFactory.create_batch(3)
    fresh_user = fresh(user)
    fresh_user.has_perm("channels.view_channel")

    with statements() as sql:
        list(presence.rail(fresh_user))

    assert len(sql) == 1, sql


@pytest.mark.req("JOB-4")
def test_failed_work_is_listed_with_its_error_and_retried(client: Client) -> None:
    channel = ChannelFactory()
    jobs = [
        SyncJobFactory(channel=channel, state=JobState.FAILED, message="The store refused: <b>SKU</b>", attempts=6)
        for _ in range(3)
    ]
    SyncJobFactory(state=JobState.FAILED)
    url = reverse("channels:failed", args=[channel.pk])
    client.force_login(member("Operator"))

    page = client.get(url).content.decode()
    assert page.count("The store refused: &lt;b&gt;SKU&lt;/b&gt;") == 3
    client.post(reverse("channels:retry_failed", args=[channel.pk]), {"job": [jobs[0].pk]})
    client.post(reverse("channels:discard_failed", args=[channel.pk]), {"job": [jobs[1].pk]})

    assert list(ChangeMark.objects.values_list("channel_id", "key")) == [(channel.pk, jobs[0].key)]
    assert SyncJob.objects.filter(channel=channel).count() == 2
    client.post(reverse("channels:retry_failed", args=[channel.pk]), {"all_matching": "1"})
    assert ChangeMark.objects.filter(channel=channel).count() == 3


@pytest.mark.req("APP-4")
def test_a_viewer_retries_nothing(client: Client) -> None:
    job = SyncJobFactory(state=JobState.FAILED)
    client.force_login(member("Viewer"))

    assert "Try again" not in client.get(reverse("channels:failed", args=[job.channel_id])).content.decode()
    for name in ("retry_failed", "discard_failed"):
        assert client.post(reverse(f"channels:{name}", args=[job.channel_id]), {"job": [job.pk]}).status_code == 403
    assert not ChangeMark.objects.exists()


@pytest.mark.req("APP-2")
def test_the_admin_looks_retries_and_frees(client: Client) -> None:
    channel = ChannelFactory(lease_token="token-of-the-lease", lease_until=NOW)
    job = SyncJobFactory(channel=channel, state=JobState.FAILED)
    client.force_login(UserFactory(is_superuser=True, is_staff=True))

    for model in "channel channelsettings changemark syncjob notice taxmapping paymentmapping locationmapping".split():
        assert client.get(reverse(f"admin:channels_{model}_changelist")).status_code == 200
        assert client.get(reverse(f"admin:channels_{model}_add")).status_code == 403
    actions = {"channel": ("release", channel.pk), "syncjob": ("retry", job.pk)}
    for model, (action, pk) in actions.items():
        data = {"action": action, "_selected_action": [pk]}
        assert client.post(reverse(f"admin:channels_{model}_changelist"), data).status_code == 302

    assert Channel.objects.get(pk=channel.pk).lease_token == ""
    assert ChangeMark.objects.filter(key=job.key).exists()
