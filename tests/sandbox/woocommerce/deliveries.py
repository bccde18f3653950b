"""Whether what the sandbox delivered is like what was recorded: headers, form of the body, signature."""

import base64
import hashlib
import hmac
import json
import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from tests.sandbox.woocommerce.compare import Comparison, fits
from tests.sandbox.woocommerce.numbers import Numbers
from tests.sandbox.woocommerce.recordings import Json
from tests.sandbox.woocommerce.sink import Letter

SAME = (
    "User-Agent",
    "Accept",
    "Accept-Encoding",
    "Content-Type",
    "Connection",
    "X-WC-Webhook-Topic",
    "X-WC-Webhook-Resource",
    "X-WC-Webhook-Event",
)
FORMS = {
    "X-WC-Webhook-Source": r"https?://.+/",
    "X-WC-Webhook-Signature": r"[A-Za-z0-9+/]{43}=",
    "X-WC-Webhook-Delivery-ID": r"[0-9a-f]{32}",
    "X-WC-Webhook-ID": r"\d+",
    "Content-Length": r"\d+",
}
LATER = 354
"""From this delivery on, what was done in the store was not recorded."""
LEFT_OUT = {
    "0166-product_updated": "what had been deleted when it went out hangs on the pace; test_webhooks.py has such a one",
    "0171-customer_updated": "users made by a script",
    "0265-customer_created": "users made by a script",
    "0266-customer_created": "users made by a script",
    "0335-product_created": "a product made by a script that raced for its SKU",
}
PACE = (
    r"price|price_html|purchasable|variations|stock_status|stock_quantity|slug|menu_order",
    r"short_description|total_sales|usage_count|used_by|is_paying_customer|billing|permalink",
)
"""Of products, customers and coupons: what is in a delivery hangs on when it went out; orders are compared whole."""


def resource_of(topic: str) -> str:
    return {"order": "orders", "product": "products", "customer": "customers", "coupon": "coupons"}.get(topic, "")


def kind_of(topic: str) -> str:
    return "user" if topic.startswith("customer") else "post"


def number_of(body: Json) -> Any:
    return body.get("id", body.get("arg", body.get("code")))


def differences(
    recorded: Sequence[Json], own: Sequence[Letter], numbers: Numbers, *, until: int = LATER
) -> dict[str, list[str]]:
    """Per recorded delivery; of those of one webhook, object and topic the nearest one of the sandbox's counts."""
    sent: dict[tuple[str, str, Any], list[Letter]] = defaultdict(list)
    for letter in own:
        if letter.topic != "ping":
            key = (letter.topic, letter.headers["X-WC-Webhook-ID"], number_of(letter.json))
            sent[key].append(letter)
    pings = [letter for letter in own if letter.topic == "ping"]
    found = {}
    for letter in recorded:
        if int(letter["name"][:4]) >= until or letter["name"] in LEFT_OUT:
            continue
        problems = _ping(letter, pings, numbers) if letter["kind"] == "ping" else _notice(letter, sent, numbers)
        if problems:
            found[letter["name"]] = problems
    return found


def _ping(letter: Json, pings: list[Letter], numbers: Numbers) -> list[str]:
    number = numbers.own("webhook", int(letter["raw_body"].partition("=")[2]))
    same = [one for one in pings if one.body == f"webhook_id={number}".encode()]
    return _headers(letter, same[0]) if same else [f"webhook {number} sent no ping"]


def _notice(letter: Json, sent: dict[tuple[str, str, Any], list[Letter]], numbers: Numbers) -> list[str]:
    topic, body = letter["kind"], json.loads(letter["raw_body"])
    hook = str(numbers.own("webhook", int(letter["headers"]["X-WC-Webhook-ID"])))
    number = number_of(body)
    if isinstance(number, int):
        number = numbers.own(kind_of(topic), number)
    candidates = sent.get((topic, hook, number), [])
    if not candidates:
        return [f"nothing of {topic} {number} was sent to webhook {hook}"]
    compared = [(_body(topic, body, one, numbers), one) for one in candidates]
    problems, nearest = min(compared, key=lambda pair: len(pair[0]))
    return [*_headers(letter, nearest), *problems, *_signature(letter, nearest)]


def _body(topic: str, recorded: Json, own: Letter, numbers: Numbers) -> list[str]:
    path = f"/wc/v3/{resource_of(topic.partition('.')[0])}/1"
    free = (r".*date_(modified|completed|paid)(_gmt)?", r"meta_data\.value")
    compared = Comparison(path, numbers, free)
    sent = own.json
    if not topic.startswith(("order", "action")):
        loose = [name for name in recorded.keys() & sent.keys() if fits(PACE, (name,))]
        recorded, sent = (
            {name: value for name, value in body.items() if name not in loose} for body in (recorded, sent)
        )
    compared.values(recorded, sent)
    if b'"\\/' in own.body or b"http://" in own.body:
        compared.problems.append("slashes are not escaped")
    return compared.finish()


def _headers(recorded: Json, own: Letter) -> list[str]:
    problems = []
    if set(recorded["headers"]) != set(own.headers):
        problems.append(f"headers {sorted(set(recorded['headers']) ^ set(own.headers))}")
    for name, value in recorded["headers"].items():
        other = own.headers.get(name, "")
        if name in SAME and value != other:
            problems.append(f"{name}: {value!r} was recorded, {other!r} is sent")
        if name in FORMS and not (re.fullmatch(FORMS[name], value) and re.fullmatch(FORMS[name], other)):
            problems.append(f"{name}: {other!r} is not like {value!r}")
    return problems


def _signature(recorded: Json, own: Letter) -> list[str]:
    digest = hmac.new(recorded["secret"].encode(), own.body, hashlib.sha256).digest()
    right = own.headers["X-WC-Webhook-Signature"] == base64.b64encode(digest).decode()
    return [] if right else ["the signature is not that of its secret"]
