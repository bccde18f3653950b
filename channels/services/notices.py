"""Whether a store's notices reach us, and what to do when they do not (CON-20, APP-11, NEW-9)."""

from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from channels.enums import JobKind, Notices
from channels.errors import RemoteRejected, UnsupportedFeature
from channels.models import Channel
from channels.outbox import mark
from channels.ports import Capability, Platform
from channels.registry import platform_spec
from channels.services.platforms import notice_url
from channels.services.polling import NIGHT_KEY
from inventory_sync.lib.text import clip

_LOCAL_NAMES = ("localhost", ".localhost", ".local", ".internal", ".lan", ".test", ".home.arpa", ".localdomain")


def unreachable_reason(channel: Channel) -> str:
    """Why the store cannot call us, in words; "" when it can as far as addresses tell. No network."""
    if is_private(channel.api_url):
        return ""  # a store on this machine or network reaches private addresses too
    facts = {"address": settings.PUBLIC_URL}
    if is_private(settings.PUBLIC_URL):
        return _("Stores on the internet cannot reach %(address)s. Set PUBLIC_URL to your public address.") % facts
    ports = platform_spec(channel.platform).notice_ports
    if ports and _port(settings.PUBLIC_URL) not in ports:
        facts["ports"] = ", ".join(str(port) for port in sorted(ports))
        return _("The store calls only these ports: %(ports)s. %(address)s has another one.") % facts
    return ""


def _port(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)


def is_private(url: str) -> bool:
    """Whether an address is of this machine or network, as far as it tells. No network."""
    host = urlsplit(url).hostname or ""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(_LOCAL_NAMES)


def register_notices(channel: Channel, *, platform: Platform) -> Notices:
    """Has the store send us its notices and keeps how that went; idempotent.

    A refusal makes the channel work by polling only, with the store's words. Raises TryLater, AuthenticationFailed.
    """
    if not platform_spec(channel.platform).can(Capability.WEBHOOKS):
        return _keep(channel, Notices.POLLING_ONLY, "")
    reason = unreachable_reason(channel)
    if reason:
        return _keep(channel, Notices.POLLING_ONLY, reason)
    try:
        hooks = platform.webhooks.register(notice_url(channel))
    except (RemoteRejected, UnsupportedFeature) as error:
        words = "; ".join([error.message, *(error.fields.values() if isinstance(error, RemoteRejected) else ())])
        return _keep(channel, Notices.POLLING_ONLY, words)
    silent = [hook.topic for hook in hooks if not hook.active]
    if silent:
        topics = ", ".join(silent)
        return _keep(channel, Notices.BROKEN, _("The store has switched off: %(topics)s") % {"topics": topics})
    return _keep(channel, Notices.ARRIVING, "")


def check_notices(channel: Channel, *, platform: Platform, now: datetime) -> Notices:
    """Looks at our hooks and puts right what is missing, off or changed (SPEC NEW-9); idempotent.

    Once they are back everything they may have missed is looked for. What cannot be put right stays broken, with words.
    Raises TryLater, AuthenticationFailed.
    """
    if not platform_spec(channel.platform).can(Capability.WEBHOOKS) or unreachable_reason(channel):
        return register_notices(channel, platform=platform)
    hooks = platform.webhooks.check(notice_url(channel))
    before = Notices(channel.notices)
    if before == Notices.ARRIVING and hooks and all(hook.active for hook in hooks):
        Channel.objects.filter(pk=channel.pk).update(notices_seen_at=now)
        return before
    after = register_notices(channel, platform=platform)
    if before == Notices.POLLING_ONLY:
        return after
    if after == Notices.ARRIVING:
        _note_healed(channel, now)
        return after
    if _is_new_gap(channel):
        gap = {"notices_off_since": _off_since(channel), "notices_back_at": None}
        Channel.objects.filter(pk=channel.pk).update(**gap)
    return _keep(channel, Notices.BROKEN, channel.notices_reason)


def _note_healed(channel: Channel, now: datetime) -> None:
    """Orders of the time without notices are looked for as thoroughly as at night."""
    since = _off_since(channel) if _is_new_gap(channel) else channel.notices_off_since
    with transaction.atomic():
        Channel.objects.filter(pk=channel.pk).update(notices_off_since=since, notices_back_at=now, notices_seen_at=now)
        mark([channel.pk], kind=JobKind.POLL, keys=[NIGHT_KEY])


def _is_new_gap(channel: Channel) -> bool:
    """Whether notices came until now; otherwise the gap that is known goes on."""
    return channel.notices_off_since is None or channel.notices_back_at is not None


def _off_since(channel: Channel) -> datetime:
    """The last sign that they still came."""
    signs = (channel.connected_at, channel.notices_seen_at, channel.last_notice_at)
    return max(at for at in signs if at is not None)


def _keep(channel: Channel, notices: Notices, reason: str) -> Notices:
    channel.notices, channel.notices_reason = notices, clip(reason, 500)
    Channel.objects.filter(pk=channel.pk).update(notices=notices, notices_reason=channel.notices_reason)
    return notices
