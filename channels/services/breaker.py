"""When a store is left alone: circuit breaker, quota and refused sign-ins (JOB-4, A62)."""

from datetime import datetime, timedelta

from django.db.models import F
from django.utils.translation import gettext as _

from channels.enums import ChannelState
from channels.errors import AuthenticationFailed, RateLimited, StoreError
from channels.models import Channel
from channels.queries import FAILURES_TO_REST
from inventory_sync.lib.text import clip

SIGN_IN_FAILURES = 3
SIGN_IN_WINDOW = timedelta(minutes=10)
_SIGN_IN_REST = timedelta(minutes=5)
_FIRST_REST = timedelta(seconds=30)
_LONGEST_REST = timedelta(minutes=15)
_LONGEST_QUOTA_REST = timedelta(hours=1)


def may_call(channel: Channel, *, now: datetime) -> bool:
    """Whether the store may be called now: connected and not resting."""
    return channel.state == ChannelState.CONNECTED and not (channel.closed_until and channel.closed_until > now)


def note_answer(channel: Channel) -> None:
    """The store answered well: it is healthy again."""
    if not (channel.failures or channel.sign_in_failures or channel.closed_until):
        return
    Channel.objects.filter(pk=channel.pk, state=ChannelState.CONNECTED).update(
        failures=0, sign_in_failures=0, sign_in_failing_since=None, closed_until=None, state_reason=""
    )


def note_trouble(channel: Channel, *, error: StoreError, now: datetime) -> None:
    """The store did not answer well; decides how long it rests."""
    if isinstance(error, AuthenticationFailed):
        note_refused_sign_in(channel, error=error, now=now)
    elif isinstance(error, RateLimited):
        _rest(channel, until=now + quota_rest(error))
    else:
        _note_failure(channel, error, now)


def quota_rest(error: RateLimited) -> timedelta:
    """How long the store asked us to wait; half a minute when it did not say."""
    asked = _FIRST_REST if error.retry_after is None else timedelta(seconds=error.retry_after)
    return min(max(asked, timedelta(seconds=1)), _LONGEST_QUOTA_REST)


def _note_failure(channel: Channel, error: StoreError, now: datetime) -> None:
    failures = channel.failures + 1
    changes: dict[str, object] = {"failures": min(failures, 1000), "state_reason": clip(error.message, 500)}
    if failures >= FAILURES_TO_REST:
        doublings = min(failures - FAILURES_TO_REST, 10)
        changes["closed_until"] = now + min(_FIRST_REST * 2**doublings, _LONGEST_REST)
    Channel.objects.filter(pk=channel.pk).update(**changes)


def _rest(channel: Channel, *, until: datetime) -> None:
    Channel.objects.filter(pk=channel.pk).update(closed_until=until)


def note_refused_sign_in(channel: Channel, *, error: AuthenticationFailed, now: datetime) -> None:
    """A62: three refusals over at least ten minutes pause the channel; in between it rests for five."""
    mine = Channel.objects.filter(pk=channel.pk, state=ChannelState.CONNECTED)
    mine.filter(sign_in_failing_since__isnull=True).update(sign_in_failing_since=now)
    mine.update(
        sign_in_failures=F("sign_in_failures") + 1,
        closed_until=now + _SIGN_IN_REST,
        state_reason=clip(error.message, 500),
    )
    refused_for_long = mine.filter(
        sign_in_failures__gte=SIGN_IN_FAILURES, sign_in_failing_since__lte=now - SIGN_IN_WINDOW
    )
    refused_for_long.update(state=ChannelState.NEEDS_SIGN_IN, closed_until=None)


def note_unreadable_credentials(channel_id: int) -> None:
    """No key opens the stored credentials: only signing in again helps."""
    Channel.objects.filter(pk=channel_id, state=ChannelState.CONNECTED).update(
        state=ChannelState.NEEDS_SIGN_IN,
        state_reason=_("The stored credentials cannot be opened with the keys in CREDENTIAL_KEYS. Sign in again."),
    )
