"""Every order, refund and notice that was recorded from real stores is understood, to the cent."""

import base64
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from channels.enums import JobKind, SignatureResult
from channels.errors import SignatureInvalid
from channels.platforms.woocommerce.client import Client
from channels.platforms.woocommerce.mapping.orders import remote_order
from channels.platforms.woocommerce.mapping.refunds import remote_refund
from channels.platforms.woocommerce.mapping.shipments import shipments_of
from channels.platforms.woocommerce.webhooks import TOPICS, Webhooks
from orders.services.totals import prove_remote
from tests.platforms.woocommerce.reading import found_in, recorded

API = ("api", "api-10.0.2-legacy-storage")
HOOKS = ("webhooks", "webhooks-10.0.2-legacy-storage")
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def hooks(secret: str) -> Webhooks:
    return Webhooks(Client(None), secret=secret)  # type: ignore[arg-type]


@pytest.mark.req("TAX-3", platform="woocommerce")
@pytest.mark.req("CAP-8", platform="woocommerce")
def test_every_recorded_order_adds_up(shared_dir: Path) -> None:
    """Only the option to round at the subtotal leaves a residue, and that is what it is for."""
    rounded, count = set(), 0
    bodies = [(name, row["response"]["body"]) for name, row in recorded(shared_dir, *API)]
    bodies += [
        (name, json.loads(row["raw_body"], parse_float=Decimal))
        for name, row in recorded(shared_dir, *HOOKS)
        if row["kind"].startswith("order.")
    ]
    for name, body in bodies:
        for row in found_in(body, "order_key", "line_items"):
            count += 1
            found = remote_order(row)
            made = prove_remote(found)
            assert not made.differs, name
            assert found.total == Decimal(row["total"]), name
            assert json.loads(json.dumps(found.raw)) == found.raw
            assert len({line.id for line in found.lines}) == len(found.lines) == len(row["line_items"])
            assert len(found.version) <= 100
            shipments_of(row)
            if not made.is_exact:
                rounded.add((found.id, abs(made.residual_net), abs(made.residual_tax) <= Decimal("0.01")))
    assert count >= 200
    assert rounded == {("181", Decimal(0), True)}


def test_every_recorded_refund_adds_up(shared_dir: Path) -> None:
    seen = set()
    for name, row in recorded(shared_dir, *API):
        for refund in found_in(row["response"]["body"], "refunded_by", "amount"):
            found = remote_refund(refund, order_id="1")
            parts = sum((each.amount + each.tax for each in found.lines), Decimal(0))
            parts += sum((each.amount + each.tax for each in found.charges), Decimal(0))
            assert parts + found.unassigned == found.total == Decimal(refund["amount"]), name
            assert all(each.line_id and each.amount >= 0 and each.quantity >= 0 for each in found.lines), name
            assert found.unassigned in (0, found.total), name
            seen.add(found.id)
    assert len(seen) >= 9


@pytest.mark.req("CON-20", platform="woocommerce")
def test_every_recorded_notice_verifies_and_no_tampered_one(shared_dir: Path) -> None:
    signed = pings = 0
    for name, row in recorded(shared_dir, *HOOKS):
        body, headers = base64.b64decode(row["raw_body_base64"]), row["headers"]
        if row["kind"] == "ping":
            assert hooks("any").is_ping(headers, body), name
            pings += 1
            continue
        signed += 1
        ours = hooks(row["secret"])
        assert not ours.is_ping(headers, body)
        assert ours.verify(headers, body, now=NOW) is SignatureResult.VALID, name
        signature = headers["X-WC-Webhook-Signature"]
        other = ("B" if signature[0] == "A" else "A") + signature[1:]
        for tampered, bytes_, secret in (
            (headers, body + b" ", row["secret"]),
            (headers, body.replace(b'"id":', b'"id":1', 1), row["secret"]),
            ({**headers, "X-WC-Webhook-Signature": other}, body, row["secret"]),
            ({**headers, "X-WC-Webhook-Signature": ""}, body, row["secret"]),
            (headers, body, row["secret"] + "x"),
            (headers, body, ""),
        ):
            if bytes_ == body and tampered == headers and secret == row["secret"]:
                continue  # a body without a number was not changed
            with pytest.raises(SignatureInvalid):
                hooks(secret).verify(tampered, bytes_, now=NOW)
    assert signed >= 380
    assert pings >= 40


@pytest.mark.req("CON-20", platform="woocommerce")
def test_every_recorded_notice_is_about_its_order_or_nothing(shared_dir: Path) -> None:
    for name, row in recorded(shared_dir, *HOOKS):
        if row["kind"] == "ping":
            continue
        body = base64.b64decode(row["raw_body_base64"])
        found = hooks(row["secret"]).parse(row["headers"], body)
        if row["kind"] not in TOPICS:
            assert found == (), name
            continue
        said = json.loads(row["raw_body"])
        expected = (JobKind.ORDER, str(said["id"])) if "id" in said else (JobKind.HEALTH, "store")
        assert [(each.kind, each.key) for each in found] == [expected], name
        assert found[0].topic == row["kind"]
        assert found[0].source == row["headers"]["X-WC-Webhook-Source"]
