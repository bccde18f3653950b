"""A client of a store that answers what a test says."""

from collections.abc import Callable

from channels.platforms.addresses import AddressGuard
from channels.platforms.buckets import TokenBucket
from channels.platforms.http import StoreHttp
from channels.platforms.woocommerce.client import Client
from channels.platforms.woocommerce.dialect import DIALECT

API = "https://shop.example/wp-json"


def client_of(sleep: Callable[[float], None], *, version: str = "10.0.2") -> Client:
    http = StoreHttp(
        API, headers={}, guard=AddressGuard(), bucket=TokenBucket(100_000, 1), dialect=DIALECT, sleep=sleep
    )
    return Client(http, version=version)
