"""Who a WooCommerce store is, from what WordPress and WooCommerce say about themselves (CON-11, CON-17)."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from channels.errors import UnsupportedFeature
from channels.platforms.fields import text
from channels.platforms.woocommerce.client import Json, version_of
from channels.platforms.woocommerce.mapping.units import length_unit, weight_unit
from channels.platforms.woocommerce.mapping.values import an_object, flag, maybe_number, plain_title
from channels.platforms.woocommerce.sites import home_of_index, identity_of
from channels.remote import StoreIdentity

OLDEST_STORE, OLDEST_WORDPRESS = (3, 5), (4, 4)
"""3.5 brought the interface we speak, `wc/v3`; 3.0 to 3.4 have only `wc/v2`."""
INDEX_FIELDS = "name,url,home,namespaces,timezone_string,gmt_offset"
ZONES = {
    "-9.5": "Pacific/Marquesas",
    "-3.5": "America/St_Johns",
    "3.5": "Asia/Tehran",
    "4.5": "Asia/Kabul",
    "5.5": "Asia/Kolkata",
    "5.75": "Asia/Kathmandu",
    "6.5": "Asia/Yangon",
    "8.75": "Australia/Eucla",
    "9.5": "Australia/Darwin",
    "12.75": "Pacific/Chatham",
}
"""Zones of stores that set an offset with a fraction and no city."""
Settings = Mapping[str, Any]


def store_identity(
    *, index: Json, status: Json, general: Settings, tax: Settings, products: Settings, options: Mapping[str, str]
) -> StoreIdentity:
    """Raises UnsupportedFeature for versions that are too old."""
    environment, told = an_object(status, "environment"), an_object(status, "settings")
    check_versions(text(environment, "version"), text(environment, "wp_version"))
    home = home_of_index(index, text(environment, "home_url") or text(environment, "site_url"))
    said = warnings(general=general, tax=tax, products=products, version=text(environment, "version"))
    if not index:
        said.append(
            _("The site's REST API is closed to visitors, so its name and time zone are not known: UTC is assumed.")
        )
    return StoreIdentity(
        identity=identity_of(home),
        name=plain_title(text(index, "name")) or identity_of(home),
        url=home,
        version=text(environment, "version"),
        currency=(text(general, "woocommerce_currency") or text(told, "currency")).upper(),
        time_zone=time_zone(index),
        country=text(general, "woocommerce_default_country").partition(":")[0].upper(),
        weight_unit=weight_unit(text(products, "woocommerce_weight_unit")),
        length_unit=length_unit(text(products, "woocommerce_dimension_unit")),
        prices_include_tax=flag(tax, "woocommerce_prices_include_tax"),
        clone_mark=text(environment, "store_id"),
        options={**options, "version": text(environment, "version")},
        warnings=tuple(said),
    )


def check_versions(store: str, wordpress: str) -> None:
    """CON-11. An unknown version is let through."""
    too_old = (0, 0) < version_of(store) < OLDEST_STORE or (0, 0) < version_of(wordpress) < OLDEST_WORDPRESS
    if too_old:
        raise UnsupportedFeature(
            _("This store is too old: it has WooCommerce %(store)s on WordPress %(wordpress)s. Update WooCommerce.")
            % {"store": store, "wordpress": wordpress or "?"},
            detail="WooCommerce 3.5, which brought the REST API wc/v3, and WordPress 4.4 are the oldest that work.",
        )


def time_zone(index: Json) -> str:
    """The city's zone, else one with the same offset from UTC (Etc/GMT has the sign the other way round)."""
    named = text(index, "timezone_string")
    if named:
        return named
    hours = maybe_number(index, "gmt_offset")
    if hours is None or hours == 0:
        return "UTC"
    if hours == hours.to_integral_value():
        return f"Etc/GMT{-int(hours):+d}"
    return ZONES.get(f"{hours.normalize():f}", "UTC")


def warnings(*, general: Settings, tax: Settings, products: Settings, version: str) -> list[str]:
    """What in the store's settings keeps stock or amounts from agreeing."""
    found = []
    if text(products, "woocommerce_manage_stock") == "no":
        found.append(
            _(
                "Stock management is off in the store, so it takes no stock levels. Switch it on under "
                "WooCommerce → Settings → Products → Inventory."
            )
        )
    hold = text(products, "woocommerce_hold_stock_minutes")
    if text(products, "woocommerce_manage_stock") != "no" and hold in ("", "0"):
        found.append(_("The store never cancels unpaid orders (Hold stock is empty), so they keep their stock."))
    if text(general, "woocommerce_price_num_decimals") == "0" and not _is_whole(text(general, "woocommerce_currency")):
        found.append(_("The store rounds prices to whole numbers: amounts of orders have no decimals."))
    if flag(tax, "woocommerce_tax_round_at_subtotal"):
        found.append(
            _("The store rounds tax at the subtotal: the taxes of single lines may differ by a cent from its total.")
        )
    if (0, 0) < version_of(version) < (5, 8):
        found.append(
            _("WooCommerce %(version)s cannot list what changed, so everything is read each time. Update it.")
            % {"version": version}
        )
    return found


def _is_whole(currency: str) -> bool:
    return currency in {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV",
                        "XAF", "XOF", "XPF", "HUF"}  # fmt: skip
