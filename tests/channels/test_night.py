"""What happens once a night (JOB-1, A5)."""

from datetime import UTC, datetime, timedelta

import pytest
from django_q.models import OrmQ

from channels.models import ChangeMark, Channel
from channels.services import upkeep
from channels.services.polling import NIGHT_KEY
from inventory.models import Organization
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
