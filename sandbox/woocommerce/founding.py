"""What every new site has: the tax classes, one category, installed gateways, the administrator."""

from sandbox.woocommerce.catalog import terms
from sandbox.woocommerce.reference import gateways, taxes
from sandbox.woocommerce.reference.customers import add_person
from sandbox.woocommerce.sites import Site

FIRST_POST, FIRST_TERM, FIRST_META = 10, 14, 28
"""WordPress and the plugin use up these numbers when they are installed."""


def found_site(site: Site) -> None:
    site.db.start_ids(site.name, "post", FIRST_POST)
    site.db.start_ids(site.name, "term", FIRST_TERM)
    site.db.start_ids(site.name, "meta", FIRST_META)
    terms.add_term(site, terms.CATEGORY, {"name": "Uncategorized"})
    for slug, name in taxes.FIRST_CLASSES:
        taxes.add_class(site, name, slug)
    gateways.install(site)
    if site.settings.get("administrator", True):
        add_administrator(site)


def add_administrator(site: Site) -> None:
    seen = [{"key": "wc_last_active", "value": str(site.now // 86400 * 86400)}]
    owner = {"email": "owner@example.com", "username": "admin", "meta_data": seen}
    add_person(site, owner, role="administrator")
