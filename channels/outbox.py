"""Leaving marks: in the transaction of the change, always inserted, never coalesced here (ADR 4)."""

from collections.abc import Iterable

from django_q.tasks import async_task

from channels.models import ChangeMark


def mark(channel_ids: Iterable[int], *, kind: str, keys: Iterable[str], remote_version: str = "") -> None:
    """Say that `keys` of `kind` changed for these channels, and poke their drainers.

    The task row is inserted in the caller's transaction (ORM broker), so a rolled-back change leaves nothing.
    """
    wanted = list(keys)
    channels = list(channel_ids)
    ChangeMark.objects.bulk_create(
        (
            ChangeMark(channel_id=channel, kind=kind, key=key, remote_version=remote_version)
            for channel in channels
            for key in wanted
        ),
        batch_size=500,
    )
    if wanted:
        for channel in channels:
            poke(channel)


def poke(channel_id: int) -> None:
    """Ask for a drain soon; the sweep every minute finds what a lost poke left behind."""
    async_task("channels.tasks.drain", channel_id=channel_id, group="drain", save=False)
