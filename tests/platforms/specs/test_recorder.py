"""The recorder finds what the descriptions do not allow, and nothing else."""

from collections.abc import Callable

import pytest

from sandbox.exchanges import Exchange
from sandbox.server import SandboxServer
from tests.platforms.specs.descriptions import descriptions, specs_folder
from tests.platforms.specs.recorder import SpecRecorder
from tests.sandbox.client import StoreClient


@pytest.fixture
def recorder() -> SpecRecorder:
    known = descriptions()
    if known is None:
        pytest.skip(f"the published descriptions are missing: {specs_folder()}")
    return SpecRecorder(known)


def exchange(**values: object) -> Exchange:
    base: dict[str, object] = {
        "id": 1,
        "platform": "bigcommerce",
        "store": "demo",
        "method": "GET",
        "path": "/v2/time",
        "query": "",
        "content_type": "",
        "body": "",
        "status": 200,
        "answer_type": "application/json",
        "answer": '{"time": 1}',
        "milliseconds": 1,
        "fault": "",
    }
    return Exchange(**{**base, **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"answer": '{"time": "noon"}'}, "GET /v2/time → 200: answer /time: 'noon' is not of type 'integer'"),
        ({"answer": '{"time": 1, "zone": 2}'}, "GET /v2/time → 200: answer /zone: this field is not described"),
        ({"status": 302}, "GET /v2/time → 302: answer: this status is not described"),
        (
            {"path": "/v2/orders", "query": "limits=5", "status": 204, "answer": ""},
            "GET /v2/orders → 204: query: the parameter limits is not described",
        ),
        (
            {"path": "/v2/orders", "query": "customer_id=x", "status": 204, "answer": ""},
            "GET /v2/orders → 204: query customer_id /: 'x' is not of type 'integer'",
        ),
        ({"path": "/v2/nothing"}, "GET /v2/nothing is described nowhere"),
        (
            {
                "method": "POST",
                "path": "/v3/orders/1/payment_actions/void",
                "status": 201,
                "body": "{}",
                "answer": "{}",
            },
            "POST /v3/orders/{order_id}/payment_actions/void → 201: request: a body is sent where none is described",
        ),
    ],
)
def test_violations_are_found(recorder: SpecRecorder, values: dict[str, object], problem: str) -> None:
    recorder(exchange(**values))

    assert recorder.problems == [problem]
    with pytest.raises(AssertionError, match="1 violations"):
        recorder.check()


@pytest.mark.parametrize(
    "body",
    [
        '{"items": [{"location_id": 1, "quantity": 1, "sku": "A", "variant_id": 1}]}',
        '{"items": [{"location_id": 1, "quantity": "1", "sku": "A"}]}',
        '{"items": [{"quantity": 1, "sku": "A"}]}',
    ],
)
def test_what_a_client_sends_is_checked(recorder: SpecRecorder, body: str) -> None:
    answer = '{"transaction_id": "x"}'
    recorder(exchange(method="PUT", path="/v3/inventory/adjustments/absolute", body=body, answer=answer))

    assert [problem.split(":")[1].split("/")[0].strip() for problem in recorder.problems] == ["request"]


@pytest.mark.parametrize(
    "change",
    [
        lambda: {"query": "sort=date_created:desc&is_deleted=true", "path": "/v2/orders", "status": 204, "answer": ""},
        lambda: {"path": "/v2/orders/1/shippingaddresses", "status": 204, "answer": ""},
        lambda: {"query": "variant_id:in=74,75", "path": "/v3/inventory/items", "answer": '{"data": []}'},
        lambda: {"status": 500, "answer": "<html>", "fault": "error"},
    ],
)
def test_known_defects_of_the_descriptions_are_no_violations(
    recorder: SpecRecorder, change: Callable[[], dict[str, object]]
) -> None:
    recorder(exchange(**change()))

    recorder.check()


def test_the_summary_counts_what_was_checked(recorder: SpecRecorder) -> None:
    for values in ({}, {}, {"fault": "slow"}, {"status": None}):
        recorder(exchange(**values))

    assert recorder.summary() == "2 exchanges validated against the published descriptions"
    assert recorder.skipped == 2


def test_the_log_of_a_running_sandbox_is_checked_afterwards(recorder: SpecRecorder, sandbox: SandboxServer) -> None:
    sandbox.world.log.clear()
    client = StoreClient(sandbox)
    client.get("/v2/time")
    client.get("/v2/orders", limit=5)
    recorder.replay(sandbox.url)

    assert recorder.validated == {"GET /v2/time": 1, "GET /v2/orders": 1}
    recorder.check()
