"""Pictures of products: the store fetches them by address and gives them numbers."""

import fnmatch
from typing import Any
from urllib.parse import urlsplit

from sandbox.db import Json
from sandbox.woocommerce.sites import Site
from sandbox.woocommerce.wire import ApiError


def chosen(site: Site, sent: Any, main: int = 0) -> list[int]:
    """Numbers of the pictures sent, by id or address; one that cannot be fetched fails the whole call.

    A picture that becomes the ``main`` one is touched.
    """
    found = []
    for entry in sent if isinstance(sent, list) else []:
        if entry.get("id"):
            number = int(entry["id"])
            if site.get("image", number) is None:
                text = f"#{number} is an invalid image ID."
                raise ApiError(400, "woocommerce_product_invalid_image_id", text)
            rename(site, number, entry)
            found.append(number)
        elif entry.get("src"):
            found.append(fetch(site, entry))
    if found and found[0] != main:
        image = site.get("image", found[0]) or {}
        site.put("image", {**image, "modified": site.now})
    return found


def fetch(site: Site, entry: Json) -> int:
    """The sandbox fetches nothing; ``unreachable_images`` of the settings are patterns of addresses that fail."""
    address = str(entry["src"])
    if any(fnmatch.fnmatch(address, pattern) for pattern in site.settings.get("unreachable_images", [])):
        text = f"Error getting remote image {address}. Error: Too many redirects"
        raise ApiError(400, "woocommerce_product_image_upload_error", text)
    name = urlsplit(address).path.rsplit("/", 1)[-1]
    now = site.now
    folder = (site.local(now) or "")[:7].replace("-", "/")
    body = {
        "id": site.next_post(),
        "created": now,
        "modified": now,
        "src": entry.get("keep_src") or f"{site.url}/wp-content/uploads/{folder}/{name}",
        "name": str(entry.get("name") or name),
        "alt": str(entry.get("alt") or ""),
    }
    site.put("image", body)
    return int(body["id"])


def rename(site: Site, number: int, entry: Json) -> None:
    image = site.get("image", number)
    if image is not None and (entry.get("name") or entry.get("alt")):
        image.update({name: str(entry[name]) for name in ("name", "alt") if entry.get(name)})
        site.put("image", image)
