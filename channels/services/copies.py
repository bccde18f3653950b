"""Copies of a store under its keys, such as a staging site: they send notices as if they were the store (APP-11)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from channels.models import Channel
from channels.remote import RemoteNotice
from inventory_sync.lib.text import clip

WARN_FOR = timedelta(days=7)
"""After the last notice of a copy."""
_NOTE_AGAIN = timedelta(hours=1)


def note_sources(channel: Channel, notices: Iterable[RemoteNotice], *, now: datetime) -> None:
    """Warns of notices that come from another address than the store's; no statement where all come from it."""
    foreign = (notice.source for notice in notices if notice.source and not _is_same(notice.source, channel.store_url))
    url = clip(next(foreign, ""), 500)
    if not url or (channel.copy_url == url and channel.copy_seen_at and now - channel.copy_seen_at < _NOTE_AGAIN):
        return
    warnings = [each for each in channel.warnings if each != _words(channel.copy_url)]
    Channel.objects.filter(pk=channel.pk).update(copy_url=url, copy_seen_at=now, warnings=[*warnings, _words(url)])


def copy_warnings(channel: Channel, *, now: datetime) -> list[str]:
    """What staff should look at because of notices that came lately."""
    lately = channel.copy_seen_at is not None and now - channel.copy_seen_at < WARN_FOR
    return [_words(channel.copy_url)] if lately else []


def _words(url: str) -> str:
    words = _("Notices also come from %(url)s, which is another address than the store's: a copy of it uses our keys.")
    return clip(words % {"url": url}, 500)


def _is_same(source: str, store_url: str) -> bool:
    """Whether two addresses name one site: neither scheme nor a leading www tells sites apart."""
    return not store_url or _place(source) == _place(store_url)


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(url if "//" in url else f"//{url}")
    return parts.netloc.casefold().removeprefix("www."), parts.path.rstrip("/")
