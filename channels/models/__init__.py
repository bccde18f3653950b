"""Models of channels."""

from channels.models.channel import Channel, ChannelAccess
from channels.models.connecting import AppGrant, ConnectAttempt
from channels.models.inbox import Notice
from channels.models.mappings import LocationMapping, PaymentMapping, TaxMapping
from channels.models.settings import ChannelSettings
from channels.models.work import ChangeMark, SyncJob

__all__ = [
    "AppGrant",
    "ChangeMark",
    "Channel",
    "ChannelAccess",
    "ChannelSettings",
    "ConnectAttempt",
    "LocationMapping",
    "Notice",
    "PaymentMapping",
    "SyncJob",
    "TaxMapping",
]
