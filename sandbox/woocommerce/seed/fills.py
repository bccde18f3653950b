"""The seeds of WooCommerce stores."""

from sandbox.platforms import Filling
from sandbox.woocommerce.seed import kontor, werft
from sandbox.woocommerce.sites import Site


def fill_empty(site: Site) -> None:
    """What every new site has, and nothing else."""


FILLS: dict[str, Filling] = {
    "empty": ({}, fill_empty),
    "kontor": (kontor.SETTINGS, kontor.fill_kontor),
    "werft": (werft.SETTINGS, werft.fill_werft),
}
