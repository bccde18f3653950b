"""Plays a recorded session against a store of the sandbox and tells every difference.

What is not compared, and why, stands in ``coverage.py``.
"""

import base64
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import requests

from sandbox.server import SandboxServer
from sandbox.woocommerce.platform import WooCommerce
from sandbox.woocommerce.sites import CONSUMER_KEY, CONSUMER_SECRET
from tests.sandbox.woocommerce.compare import Comparison
from tests.sandbox.woocommerce.numbers import Numbers, root_kind
from tests.sandbox.woocommerce.recordings import Json, Recording
from tests.sandbox.woocommerce.sink import RECORDED, Sink

STORE = "lab"
SETTINGS: Json = {
    "name": "Lab Store",
    "timezone": "America/New_York",
    "currency": "USD",
    "country": "US",
    "state": "NY",
    "postcode": "10001",
    "city": "Springfield",
    "address": "1 Main St",
    "prices_include_tax": False,
    "weight_unit": "lbs",
    "dimension_unit": "in",
    "options": {
        "placeholder_image": "4",
        "show_marketplace_suggestions": "no",
        "feature_email_improvements_enabled": "yes",
    },
    "unreachable_images": ["*none.png"],
}
UNKNOWN_KEY, WRONG_SECRET = "ck_" + "0" * 40, "cs_" + "0" * 40
PEOPLE = {"read": "administrator", "write": "administrator", "manager": "shop_manager", "customer": "customer"}
"""Keys beside the first one: their names end their consumer keys."""
USERS = {"manager": 71, "customer": 72}
HEADERS = ("X-WP-Total", "X-WP-TotalPages", "Allow")


def key_named(name: str) -> Json:
    return {
        "consumer_key": f"ck_{name:0>40}",
        "consumer_secret": f"cs_{name:0>40}",
        "permissions": name if name in ("read", "write") else "read_write",
        "user_id": USERS.get(name, 1),
        "role": PEOPLE[name],
    }


@dataclass
class Replay:
    """``skipped`` tells why an exchange is not played; ``free`` and ``unordered`` make comparisons milder."""

    server: SandboxServer
    skipped: Callable[[Recording], str | None] = lambda recording: None
    free: dict[str, tuple[str, ...]] = field(default_factory=dict)
    before: dict[str, Callable[["Replay"], None]] = field(default_factory=dict)
    settings: Json = field(default_factory=dict)
    sink: Sink | None = None
    numbers: Numbers = field(default_factory=Numbers)
    problems: dict[str, list[str]] = field(default_factory=dict)
    played: list[str] = field(default_factory=list)

    def start(self, recording: Recording) -> None:
        """An empty store like the recorded one, at the time of the first exchange."""
        self.set_clock(recording.at - 300)
        platform = self.server.world.platforms["woocommerce"]
        assert isinstance(platform, WooCommerce)
        platform.courier.queue_seconds = 0.005
        body = {"platform": "woocommerce", "store": STORE, "seed": "empty", **SETTINGS, **self.settings}
        self.control("POST", "/stores", body)
        for name in PEOPLE:
            self.control("POST", f"/stores/{STORE}/accounts", key_named(name))

    def control(self, method: str, path: str, body: Json) -> Any:
        answer = requests.request(method, f"{self.server.url}/_control{path}", json=body, timeout=60)
        assert answer.ok, answer.text
        return answer.json()

    def set_clock(self, moment: float) -> None:
        self.server.world.clock.offset_seconds = moment - time.time()

    def play(self, session: tuple[Recording, ...]) -> None:
        self.start(session[0])
        for recording in session:
            if self.skipped(recording) is not None:
                continue
            self.set_clock(recording.at)
            if recording.name in self.before:
                self.before[recording.name](self)
                self.set_clock(recording.at)
            answer = self.ask(recording)
            self.played.append(str(recording))
            if recording.method != "GET":
                self.settle()
            if problems := self.compare(recording, answer):
                self.problems[str(recording)] = problems

    def settle(self) -> None:
        """Wait until webhooks are delivered, where somebody takes them."""
        if self.sink is not None:
            assert self.server.world.deliveries.wait_idle(20)

    def send(self, method: str, path: str, body: Json) -> Any:
        """A request that was not recorded; its numbers are the recorded ones."""
        url = f"{self.server.url}/woo/{STORE}/wp-json{self.numbers.path(path)}"
        keys = (CONSUMER_KEY, CONSUMER_SECRET)
        self.control("PATCH", f"/stores/{STORE}", {"https": True})
        answer = requests.request(method, url, json=self.numbers.body(path, body), auth=keys, timeout=60)
        assert answer.ok, answer.text
        return answer.json()

    def ask(self, recording: Recording) -> requests.Response:
        self.control("PATCH", f"/stores/{STORE}", {"https": recording.scheme == "https"})
        below = recording.path.removeprefix("/wp-json")
        path = self.numbers.path(below) if below != recording.path else recording.path
        url = f"{self.server.url}/woo/{STORE}" + (f"/wp-json{path}" if below != recording.path else path)
        query = self.numbers.query(below, recording.query)
        kept = ("Content-Type", "X-HTTP-Method-Override")
        headers = {name: value for name, value in recording.headers.items() if name in kept}
        self._sign(recording, url, query, headers)
        body = recording.body if isinstance(recording.body, str) else self.numbers.body(below, recording.body)
        if self.sink is not None and isinstance(body, dict) and "delivery_url" in body:
            body["delivery_url"] = body["delivery_url"].replace(RECORDED, self.sink.url)
        sent = {"data": body} if isinstance(body, str) else {"json": body} if body is not None else {}
        return requests.request(recording.method, url, params=query, headers=headers, timeout=60, **sent)

    def _key(self, recording: Recording) -> tuple[str, str]:
        if "bad-key" in recording.name:
            return UNKNOWN_KEY, WRONG_SECRET
        if "bad-secret" in recording.name:
            return CONSUMER_KEY, WRONG_SECRET
        named = re.search(r"manager|customer user", recording.permissions)
        name = "manager" if "manager" in recording.permissions else "customer" if named else recording.permissions
        key = key_named(name) if name in PEOPLE else None
        return (key["consumer_key"], key["consumer_secret"]) if key else (CONSUMER_KEY, CONSUMER_SECRET)

    def _sign(self, recording: Recording, url: str, query: dict[str, str], headers: dict[str, str]) -> None:
        name, secret = self._key(recording)
        if recording.auth == "basic":
            headers["Authorization"] = "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()
        elif recording.auth == "query":
            query |= {"consumer_key": name, "consumer_secret": secret}
        elif recording.auth in ("oauth", "oauth1"):
            for old in [each for each in query if each.startswith("oauth_")]:
                del query[old]
            known = url if recording.scheme == "http" else url.replace("http://", "https://")
            query |= oauth(
                recording.method, known, query, (name, secret), recording.at, sha1=recording.auth == "oauth1"
            )

    def compare(self, recording: Recording, answer: requests.Response) -> list[str]:
        below = recording.path.removeprefix("/wp-json").partition("?")[0]
        found = Comparison(below, self.numbers, self.free.get(recording.name, ()))
        if answer.status_code != recording.status:
            return [f"status {recording.status} was recorded, {answer.status_code} is answered: {answer.text[:300]}"]
        self._compare_headers(recording, answer, found)
        if recording.method == "HEAD":
            return found.finish()
        own, recorded = answer.json(), recording.answer
        if self._is_unordered(recording) and isinstance(recorded, list):
            recorded, own = self._paired(root_kind(f"{below}/"), recorded, own)
        found.values(recorded, own)
        return found.finish()

    def _compare_headers(self, recording: Recording, answer: requests.Response, found: Comparison) -> None:
        for name in HEADERS:
            if recording.answer_headers.get(name) != answer.headers.get(name):
                text = f"{recording.answer_headers.get(name)} was recorded, {answer.headers.get(name)} is answered"
                found.problems.append(f"{name}: {text}")
        if recording.answer_headers["Content-Type"] != answer.headers["Content-Type"]:
            found.problems.append(f"Content-Type: {answer.headers['Content-Type']}")
        for recorded, own in (
            (links(recording.answer_headers.get("Link", "")), links(answer.headers.get("Link", ""))),
            ({"at": recording.answer_headers.get("Location", "")}, {"at": answer.headers.get("Location", "")}),
        ):
            found.late_addresses(recorded, own)

    def _is_unordered(self, recording: Recording) -> bool:
        """Lists by date or by change have no tie-breaker; rows of one second come in any order."""
        by_date = recording.query.get("orderby", "date") in ("date", "modified")
        return by_date and not recording.path.endswith("/notes")

    def _paired(self, kind: str, recorded: list[Any], own: list[Any]) -> tuple[list[Any], list[Any]]:
        """The entries that both have, in one order; where the pages differ, only as many as there are."""
        if not all(isinstance(entry, dict) and "id" in entry for entry in [*recorded, *own]):
            return recorded, own
        by_number = {entry["id"]: entry for entry in own}
        numbers = [(entry, self.numbers.own(kind, entry["id"])) for entry in recorded]
        if {number for _, number in numbers} == set(by_number):
            return [entry for entry, _ in numbers], [by_number[number] for _, number in numbers]
        both = [(entry, by_number[number]) for entry, number in numbers if number in by_number]
        padding = [None] * abs(len(recorded) - len(own))
        longer = ([entry for entry, _ in both], [entry for _, entry in both])
        if len(recorded) > len(own):
            longer[0].extend(padding)
        else:
            longer[1].extend(padding)
        return longer


def links(header: str) -> dict[str, str]:
    """Addresses of the pages beside this one, by their relation."""
    found = dict(re.findall(r'<([^>]*)>; rel="(next|prev)"', header))
    return {relation: address for address, relation in found.items()}


def oauth(
    method: str, url: str, query: dict[str, str], key: tuple[str, str], now: float, *, sha1: bool
) -> dict[str, str]:
    found = {
        "oauth_consumer_key": key[0],
        "oauth_timestamp": str(int(now)),
        "oauth_nonce": secrets.token_hex(16),
        "oauth_signature_method": "HMAC-SHA1" if sha1 else "HMAC-SHA256",
    }
    pairs = sorted((quote(name, safe="~"), quote(value, safe="~")) for name, value in {**query, **found}.items())
    text = "&".join(f"{name}={value}" for name, value in pairs)
    base = f"{method}&{quote(url, safe='')}&{quote(text, safe='')}"
    digest = hashlib.sha1 if sha1 else hashlib.sha256
    signature = hmac.new(f"{key[1]}&".encode(), base.encode(), digest).digest()
    return {**found, "oauth_signature": base64.b64encode(signature).decode()}
