"""Entry points of the job queue: each calls one service and tolerates rows that are gone."""

from django.utils import timezone

from channels.models import Channel
from channels.services import disconnect, upkeep
from channels.services.drain import drain_channel
from inventory.services import stock_proof


def drain(channel_id: int) -> None:
    """Does a channel's due work; poked after every mark and by the sweep."""
    drain_channel(channel_id, now_fn=timezone.now)


def tick() -> None:
    """Every minute."""
    upkeep.keep_up(now=timezone.now())


def prove_stock() -> None:
    """The nightly proof of the ledger."""
    stock_proof.prove_stock(now=timezone.now())


def finish_disconnect(channel_id: int) -> None:
    """Deletes what a disconnected channel leaves behind."""
    channel = Channel.objects.filter(pk=channel_id).first()
    if channel is not None:
        disconnect.purge_channel(channel, clock=timezone.now)
