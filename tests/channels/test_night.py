"""What happens once a night (JOB-1, A5)."""

from datetime import UTC, datetime, timedelta

import pytest
from django_q.models import OrmQ

from channels.models import ChangeMark, Channel, SyncJob
from channels.outbox import mark
from channels.remote import OrderRef
from channels.services import upkeep
from channels.services.drain import drain_channel
from channels.services.platforms import open_platform
from channels.services.polling import NIGHT_KEY, poll_orders
from inventory.models import Organization
from tests.channels.conftest import Clock, Handlers
from tests.channels.fake_store import FakeStore
from tests.factories.channels import NOW
from tests.orders.selling import new_world

pytestmark = pytest.mark.django_db

# Three in the morning in Berlin is 02:00 UTC in winter and 01:00 UTC in summer.
EVENING = datetime(2026, 3, 10, 20, 0, tzinfo=UTC)


@pytest.mark.req("JOB-1")
@pytest.mark.req("A5")
def test_each_channel_looks_a_week_back_once_a_night():
    channel = new_world().channel
    upkeep.claim_nights(now=EVENING)
    assert Channel.objects.get().next_night_at == datetime(2026, 3, 11, 2, 0, tzinfo=UTC)
    assert not ChangeMark.objects.exists()

    moment = datetime(2026, 3, 11, 2, 0, 30, tzinfo=UTC)
    assert [upkeep.claim_nights(now=moment) for _ in range(3)] == [1, 0, 0]
    mark = ChangeMark.objects.get()
    assert (mark.channel_id, mark.key) == (channel.pk, NIGHT_KEY)
    assert Channel.objects.get().next_night_at == moment.replace(second=0) + timedelta(days=1)


@pytest.mark.req("JOB-1")
def test_stock_is_proved_once_a_night():
    new_world()
    assert not upkeep.claim_stock_proof(now=EVENING)
    moment = datetime(2026, 3, 11, 2, 0, 30, tzinfo=UTC)
    assert [upkeep.claim_stock_proof(now=moment) for _ in range(3)] == [True, False, False]
    assert Organization.objects.get().next_proof_at == datetime(2026, 3, 12, 2, 0, tzinfo=UTC)
    assert OrmQ.objects.count() == 1


def night(channel: Channel, clock: Clock) -> None:
    mark([channel.pk], kind="poll", keys=[NIGHT_KEY])
    drain_channel(channel.pk, now_fn=clock)


@pytest.mark.req("A5", platform="woocommerce")
def test_where_changes_leave_no_date_a_month_is_listed_as_well(
    second_channel: Channel, clock: Clock, store: FakeStore
) -> None:
    store.recent = [OrderRef(id=str(number), version="v1", modified_at=NOW) for number in range(3)]
    store.page_size = 2
    Channel.objects.update(connected_at=NOW - timedelta(days=300))

    night(second_channel, clock)

    month_back = f"{datetime.now(UTC) - timedelta(days=30):%m-%d}"
    assert [call[:19] for call in store.calls if call.startswith("created")] == [f"created_since {month_back}"] * 2
    assert store.calls[0] == "changed_since 11:00", "a week back comes first"


@pytest.mark.req("A5", platform="bigcommerce")
def test_elsewhere_a_week_of_changes_is_enough(channel: Channel, clock: Clock, store: FakeStore) -> None:
    night(channel, clock)

    assert store.calls == ["changed_since 11:00"]


@pytest.mark.req("JOB-1")
def test_an_order_that_is_dated_ahead_does_not_hide_what_changes_until_then(channel: Channel, store: FakeStore) -> None:
    store.refs = [OrderRef(id="1", version="v1", modified_at=NOW + timedelta(days=2))]

    poll_orders(channel, platform=open_platform(channel), now=NOW)

    assert Channel.objects.get(pk=channel.pk).poll_cursor == NOW


@pytest.mark.req("A5", platform="woocommerce")
def test_a_night_whose_lease_is_lost_stops_and_comes_again(
    second_channel: Channel, clock: Clock, store: FakeStore, handlers: Handlers
) -> None:
    """As after a kill: what was marked stays, the job is still there."""
    from channels.handlers import poll

    handlers.add(poll, kind="poll", priority=5, batch=1)
    store.recent = [OrderRef(id=str(number), version="v1", modified_at=NOW) for number in range(3)]
    store.page_size = 2
    store.during_call = lambda: (
        Channel.objects.update(lease_token="somebody else") if store.calls[-1].startswith("created_since") else None
    )

    night(second_channel, clock)

    assert [call.split()[0] for call in store.calls] == ["changed_since", "created_since"]
    assert SyncJob.objects.get(kind="poll").key == NIGHT_KEY
    assert sorted(ChangeMark.objects.values_list("key", flat=True)) == ["0", "1"]
