"""Lists of a store that Setup maps to ours: tax classes and rates, payment gateways (TAX-1, PAY-1)."""

from itertools import islice

from django.utils.translation import gettext as _

from channels.platforms.fields import text
from channels.platforms.woocommerce.client import Client, Json
from channels.platforms.woocommerce.mapping.taxes import FEE_KEY, SHIPPING_KEY, class_names, rate_names
from channels.platforms.woocommerce.mapping.values import title
from channels.remote import TAX_FREE, RemoteName

RATE_FIELDS = "id,country,state,postcode,city,postcodes,cities,rate,name,class"
RATE_PAGES = 10


class Lists:
    def __init__(self, client: Client) -> None:
        self._client = client

    def tax_classes(self) -> tuple[RemoteName, ...]:
        """Classes, which have to be mapped; then what may have a rule of its own (TAX-9): charges and single rates."""
        classes = class_names(self._client.whole("/taxes/classes"))
        rates = rate_names(self._rates(), classes)
        return (
            *classes,
            RemoteName(key=SHIPPING_KEY, label=_("Shipping"), kind="charge"),
            RemoteName(key=FEE_KEY, label=_("Fees"), kind="charge"),
            *rates,
            RemoteName(key=TAX_FREE, label=_("Tax free")),
        )

    def _rates(self) -> list[Json]:
        """The first thousand: imported tables have one for every postcode. Others appear once an order used them."""
        pages = self._client.pages("/taxes", {"_fields": RATE_FIELDS})
        return [row for rows in islice(pages, RATE_PAGES) for row in rows]

    def payment_methods(self) -> tuple[RemoteName, ...]:
        """Installed gateways, also those that are off: earlier orders carry them. Others appear with their orders."""
        rows = self._client.whole("/payment_gateways", {"_fields": "id,title,method_title"})
        names = {text(row, "id"): title(row, "title") or title(row, "method_title") or text(row, "id") for row in rows}
        return tuple(RemoteName(key=key, label=label) for key, label in names.items() if key)

    def locations(self) -> tuple[RemoteName, ...]:
        """WooCommerce has one stock."""
        return ()
