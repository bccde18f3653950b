"""The store's tax settings and rates, as the calculation needs them."""

from sandbox.db import Json
from sandbox.woocommerce.orders.taxes import Place, TaxPolicy, rate_of
from sandbox.woocommerce.sites import Site


def policy_of(site: Site) -> TaxPolicy:
    settings = site.settings
    shipping = str(settings["shipping_tax_class"])
    return TaxPolicy(
        enabled=bool(settings["calc_taxes"]),
        prices_include_tax=bool(settings["prices_include_tax"]),
        round_at_subtotal=bool(settings["tax_round_at_subtotal"]),
        based_on=str(settings["tax_based_on"]),
        shipping_class=None if shipping == "inherit" else shipping,
        base=Place(settings["country"], settings["state"], settings["postcode"], settings["city"]),
        decimals=int(settings["number_of_decimals"]),
        classes=tuple(str(entry["slug"]) for entry in site.all("tax_class")),
        rates=tuple(rate_of(body) for body in site.all("tax")),
    )


def place_of(policy: TaxPolicy, order: Json) -> Place:
    """Where an order is taxed: by its shipping address, else its billing address, else the store's own place."""
    based_on = policy.based_on
    if based_on == "shipping" and not order["shipping"].get("country"):
        based_on = "billing"
    if based_on == "base":
        return policy.base
    address = order["billing" if based_on == "billing" else "shipping"]
    if not address.get("country"):
        return policy.base
    return Place(*(str(address.get(name) or "") for name in ("country", "state", "postcode", "city")))
