"""The channel's lease: one process at a time works on a store (ADR 5)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from django.db.models import Q

from channels.enums import ChannelState
from channels.errors import LeaseLost
from channels.models import Channel

LEASE_SECONDS = 120
"""How long the work of a killed process stays reserved; renewed before every remote call and every write of jobs."""

Clock = Callable[[], datetime]


@dataclass
class Lease:
    """Held until dropped or taken over. `calls` counts the remote calls made under it."""

    channel_id: int
    token: str
    clock: Clock
    calls: int = field(default=0)
    is_for_clearing: bool = False
    """Holds a disconnected channel instead of a connected one."""

    def renew(self) -> None:
        """Raises LeaseLost when another process holds the channel or staff disconnected it."""
        now = self.clock()
        mine = Channel.objects.filter(pk=self.channel_id, lease_token=self.token)
        if self.is_for_clearing:
            mine = mine.filter(state=ChannelState.DISCONNECTED)
        else:
            mine = mine.exclude(state=ChannelState.DISCONNECTED)
        if not mine.update(lease_until=now + timedelta(seconds=LEASE_SECONDS)):
            raise LeaseLost(at=now)

    def before_call(self) -> None:
        """For `Connection.before_call`."""
        self.renew()
        self.calls += 1

    def drop(self) -> None:
        """Leaves the channel to others; harmless when the lease was lost."""
        Channel.objects.filter(pk=self.channel_id, lease_token=self.token).update(lease_token="", lease_until=None)


def take_lease(channel_id: int, *, clock: Clock, is_for_clearing: bool = False) -> Lease | None:
    """The lease, or None while another process holds it. One conditional UPDATE decides."""
    now = clock()
    token = uuid4().hex
    free = Q(lease_token="") | Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    taken = Channel.objects.filter(free, pk=channel_id).update(
        lease_token=token, lease_until=now + timedelta(seconds=LEASE_SECONDS)
    )
    if not taken:
        return None
    return Lease(channel_id=channel_id, token=token, clock=clock, is_for_clearing=is_for_clearing)


def release_lease(channel: Channel) -> bool:
    """Takes the lease away from whoever holds it (support, from the admin). Its holder stops at the next call."""
    return Channel.objects.filter(pk=channel.pk).exclude(lease_token="").update(lease_token="", lease_until=None) == 1
