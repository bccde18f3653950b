"""The seeds of WooCommerce stores."""

from sandbox.platforms import Filling
from sandbox.woocommerce.seed.kontor import SETTINGS, fill_kontor
from sandbox.woocommerce.sites import Site


def fill_empty(site: Site) -> None:
    """What every new site has, and nothing else."""


FILLS: dict[str, Filling] = {"empty": ({}, fill_empty), "kontor": (SETTINGS, fill_kontor)}
