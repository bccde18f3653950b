"""Making API keys, and sending a new one to the application that asked for it."""

import json
import secrets

from sandbox.db import Json
from sandbox.deliveries import post
from sandbox.woocommerce.auth.requests import Denied, Wish
from sandbox.woocommerce.sites import Site

NOT_SENT = "An error occurred in the request and at the time were unable to send the consumer data."


def make_key(site: Site, permissions: str, description: str, user_id: int = 1) -> Json:
    """A key of a member of the staff, with the number that WordPress would give it."""
    entry = {
        "key_id": site.next_id("key") + 1,
        "consumer_key": f"ck_{secrets.token_hex(20)}",
        "consumer_secret": f"cs_{secrets.token_hex(20)}",
        "permissions": permissions,
        "user_id": user_id,
        "role": "administrator",
        "description": description,
    }
    site.save_settings(keys=[*site.settings["keys"], entry])
    return entry


def drop_key(site: Site, consumer_key: str) -> None:
    """Its webhooks stay, but what they send is a refusal once their user has no key any more."""
    site.save_settings(keys=[entry for entry in site.settings["keys"] if entry["consumer_key"] != consumer_key])


def send_key(site: Site, wish: Wish, entry: Json) -> None:
    """The application must answer 200; raises Denied otherwise."""
    body = json.dumps(
        {
            "key_id": entry["key_id"],
            "user_id": wish.user_id,
            "consumer_key": entry["consumer_key"],
            "consumer_secret": entry["consumer_secret"],
            "key_permissions": entry["permissions"],
        },
        separators=(",", ":"),
    )
    headers = {
        "User-Agent": f"WordPress/{site.settings['wordpress']}; {site.url}",
        "Accept": "*/*",
        "Accept-Encoding": "deflate, gzip, br, zstd",
        "Content-Type": "application/json;charset=UTF-8",
        "Connection": "close",
    }
    status, _ = post(wish.callback_url, body.encode(), headers)
    if status != 200:
        raise Denied(NOT_SENT)
