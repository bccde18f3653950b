"""Pictures of products: by address, which the sandbox does not load, or as files, which it keeps and shows."""

import base64
import fnmatch

from werkzeug.wrappers import Request

from sandbox.bigcommerce.shops import Shop
from sandbox.bigcommerce.wire import ApiError
from sandbox.db import Json

MOST, ADDRESS = 8 * 1024 * 1024, 255
STARTS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "image/webp"),
    (b"BM", "image/bmp"),
)


def add_image(shop: Shop, product_id: int, data: Json) -> Json:
    """``unreachable_images`` of the settings are patterns of addresses that fail."""
    address = str(data.get("image_url") or "")
    if not address:
        raise ApiError(422, "An image needs an image_url.", {"image_url": "missing"})
    if len(address) > ADDRESS:
        raise ApiError(422, "JSON data is missing or invalid", {"image_url": f"at most {ADDRESS} characters"})
    if any(fnmatch.fnmatch(address, pattern) for pattern in shop.settings.get("unreachable_images", [])):
        text = f"The image {address} could not be downloaded."
        raise ApiError(422, text, {"image_url": text})
    earlier = shop.all("image", product_id)
    body = {
        "id": shop.next_id("image"),
        "product_id": product_id,
        "is_thumbnail": bool(data.get("is_thumbnail", not earlier)),
        "sort_order": int(data.get("sort_order", len(earlier))),
        "description": str(data.get("description") or ""),
        "image_url": address,
        "modified": shop.now,
    }
    return shop.put("image", body, product_id)


def add_file(shop: Shop, product_id: int, request: Request) -> Json:
    """From a form with the part ``image_file``."""
    request.get_data()  # kept for the log; reading the form would use it up
    sent = request.files.get("image_file")
    if sent is None:
        raise ApiError(422, "An image needs an image_file or an image_url.", {"image_file": "missing"})
    with sent.stream as file:
        content = file.read()
    kind = next((kind for start, kind in STARTS if content.startswith(start)), "")
    if not kind or len(content) > MOST:
        text = "The image file is larger than 8 MB." if kind else "The image file is of no known type."
        raise ApiError(422, text, {"image_file": text})
    number = shop.next_id("picture")
    shop.put("picture", {"id": number, "type": kind, "content": base64.b64encode(content).decode()}, product_id)
    fields: Json = {name: value for name, value in request.form.items() if name != "is_thumbnail"}
    if "is_thumbnail" in request.form:
        fields["is_thumbnail"] = request.form["is_thumbnail"] == "true"
    return add_image(shop, product_id, {**fields, "image_url": f"{shop.home}pictures/{number}"})


def picture_file(shop: Shop, number: int) -> tuple[bytes, str] | None:
    """Content and type of a file that was sent."""
    found = shop.get("picture", number)
    return None if found is None else (base64.b64decode(found["content"]), str(found["type"]))
