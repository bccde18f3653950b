"""Numbers leave as they are."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.platforms.bodies import encoded


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("19.90", "19.9"),
        ("5.0000", "5"),
        ("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
        ("1E+3", "1000"),
        ("100", "100"),
        ("-0.00", "0"),
        ("-0", "0"),
        ("1E-7", "0.0000001"),
        ("-2.50", "-2.5"),
    ],
)
@pytest.mark.req("INV-14")
def test_an_amount_is_written_digit_by_digit(value: str, text: str) -> None:
    assert encoded({"price": Decimal(value)}) == f'{{"price":{text}}}'.encode()


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_what_is_written_is_what_is_read(value: Decimal) -> None:
    assert json.loads(encoded([value]), parse_float=Decimal) == [value]


def test_everything_else_is_plain_json() -> None:
    body = {"name": 'Zähler \u2028 "x"', "tags": ("a", "b"), "empty": [], "nothing": None, "yes": True, "many": 10**20}
    assert json.loads(encoded(body)) == {**body, "tags": ["a", "b"]}
    assert encoded({}) == b"{}"


@pytest.mark.parametrize("value", [0.1, float("nan"), Decimal("NaN"), Decimal("Infinity"), object(), {1: 2}, {"a"}])
def test_what_is_not_exact_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        encoded({"value": value})
