"""Lists of a store that Setup maps to ours: tax classes, payment methods, locations (TAX-1, PAY-1)."""

from django.utils.translation import gettext as _

from channels.errors import AuthenticationFailed, RemoteNotFound, RemoteRejected
from channels.platforms.bigcommerce.client import Client
from channels.platforms.bigcommerce.mapping.taxes import DEFAULT_CLASS
from channels.platforms.bigcommerce.mapping.values import flag
from channels.platforms.fields import remote_id, text
from channels.remote import TAX_FREE, RemoteName


class Lists:
    def __init__(self, client: Client) -> None:
        self._client = client

    def tax_classes(self) -> tuple[RemoteName, ...]:
        """With class 0, which the store uses and does not list, and with “tax free” (TAX-4)."""
        names = {DEFAULT_CLASS: "Default Tax Class"}
        for row in self._client.tax_classes():
            names[text(row, "id")] = text(row, "name")
        found = tuple(RemoteName(key=key, label=label) for key, label in names.items() if key)
        return (*found, RemoteName(key=TAX_FREE, label=_("Tax free")))

    def payment_methods(self) -> tuple[RemoteName, ...]:
        """Keyed by name, because orders carry the name only. The store's list is known to be incomplete or refused;

        methods met on orders are added by whoever captures them.
        """
        try:
            rows = self._client.payment_methods()
        except (AuthenticationFailed, RemoteNotFound, RemoteRejected):
            return ()
        names = dict.fromkeys(text(row, "name") or text(row, "code") for row in rows)
        return tuple(RemoteName(key=name, label=name) for name in names if name)

    def locations(self) -> tuple[RemoteName, ...]:
        """Locations that are in use."""
        return tuple(
            RemoteName(key=remote_id(row, "id"), label=text(row, "label") or text(row, "code") or remote_id(row, "id"))
            for row in self._client.locations()
            if row.get("enabled") is None or flag(row, "enabled")
        )
