"""News of channels, sent by services inside the transaction of the change.

`settings_changed`: channel, changed (frozenset of field names).
`mapping_changed`: channel, kind ("tax" | "payment" | "location"), remote_keys (frozenset of str).
`disconnecting`: channel.
"""

from django.dispatch import Signal

settings_changed = Signal()
mapping_changed = Signal()
disconnecting = Signal()
