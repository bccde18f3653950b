"""Numbers, money and times as staff read them; form fields as assistive technology reads them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django import forms
from django.core.paginator import Paginator
from django.template import Context, engines
from django.test import RequestFactory
from django.utils import timezone

from inventory_sync.shell.templatetags import ui

THIN = "\N{NARROW NO-BREAK SPACE}"
NOW = datetime(2026, 11, 21, 10, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Decimal("5.0000"), "5"),
        (Decimal("-14"), "−14"),
        (Decimal("2.5000"), "2.5"),
        (Decimal("-0.0000"), "0"),
        (4812, f"4{THIN}812"),
        (Decimal("1E+3"), f"1{THIN}000"),
        (None, ""),
    ],
)
def test_quantity_has_no_trailing_zeros_and_a_real_minus(value: object, shown: str) -> None:
    assert ui.qty(value) == shown


def test_signed_quantity() -> None:
    assert [ui.signed(number) for number in (Decimal(5), Decimal(-3), Decimal(0))] == ["+5", "−3", "0"]


@pytest.mark.req("INV-14")
@pytest.mark.parametrize(
    ("value", "currency", "shown"),
    [
        (Decimal("1234.5650"), "EUR", f"1{THIN}234.57{THIN}€"),
        (Decimal("-0.5"), "USD", f"−0.50{THIN}USD"),
        (Decimal("1500.4"), "JPY", f"1{THIN}500{THIN}JPY"),
        (Decimal("1.2345"), "KWD", f"1.235{THIN}KWD"),
        (None, "EUR", ""),
    ],
)
def test_money_has_the_currencys_decimals(value: object, currency: str, shown: str) -> None:
    assert ui.money(value, currency) == shown


def test_unit_price_keeps_what_the_price_has() -> None:
    assert ui.unit_price(Decimal("1.2345"), "EUR") == f"1.2345{THIN}€"
    assert ui.unit_price(Decimal("39.0000"), "EUR") == f"39.00{THIN}€"


@time_machine.travel(NOW, tick=False)
def test_times_are_short_and_name_the_zone_on_hover() -> None:
    with timezone.override("Europe/Berlin"):
        assert ui.when(NOW - timedelta(hours=1)) == (
            '<time datetime="2026-11-21T10:15:00+01:00" title="2026-11-21 10:15:00 Europe/Berlin">today 10:15</time>'
        )
        assert ">20 Nov 11:15<" in ui.when(NOW - timedelta(days=1))
        assert ">21 Nov 2025 11:15<" in ui.when(NOW - timedelta(days=365))
        assert ui.when(date(2026, 12, 5)) == '<time datetime="2026-12-05" title="2026-12-05">5 Dec</time>'
        assert ">21 Nov 11:15:00<" in ui.moment(NOW)


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=2, seconds=5), "2 min ago"),
        (timedelta(hours=5), "5 h ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=9), "9 days ago"),
    ],
)
def test_ago_uses_the_largest_unit(before: timedelta, words: str) -> None:
    assert f">{words}</time>" in ui.ago(NOW - before)


def test_length_of_time() -> None:
    lengths = [timedelta(seconds=41), timedelta(seconds=72), timedelta(minutes=125)]
    assert [ui.took(length) for length in lengths] == ["41 s", "1 min 12 s", "2 h 5 min"]


def render(source: str, address: str = "/", **context: object) -> str:
    request = RequestFactory().get(address)
    return engines["django"].from_string(source).render(Context(context).flatten(), request)


def test_sort_header_turns_the_order_and_keeps_the_filters() -> None:
    source = '{% sort_header "sku" "Product" "main" default="sku" %}'

    assert 'aria-sort="ascending"' in render(source)
    assert 'href="?status=listed&amp;sort=-sku"' in render(source, "/?status=listed&page=7")
    turned = render(source, "/?sort=-sku")
    assert 'aria-sort="descending"' in turned
    assert 'href="?sort=sku"' in turned


def test_pager_names_range_and_total_and_keeps_the_filters() -> None:
    page = Paginator(range(4812), 100).page(3)
    html = render("{% pager page %}", "/?q=rain&page=3", page=page)

    assert f"<strong>201–300</strong> of 4{THIN}812" in html
    assert 'href="?q=rain&amp;page=4" rel="next"' in html
    assert '<b aria-current="page">3</b>' in html
    assert '<input type="hidden" name="q" value="rain">' in html


class ExampleForm(forms.Form):
    name = forms.CharField(label="Name", help_text="One line of help.")
    colour = forms.ChoiceField(label="Colour", choices=[("red", "Red")], widget=forms.RadioSelect)
    active = forms.BooleanField(label="Active", required=False)


def test_field_ties_help_and_error_to_the_control() -> None:
    html = render("{% field form.name %}", form=ExampleForm({}))

    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_helptext"' in html
    assert 'id="id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'class="input"' in html


def test_group_and_switch_are_named() -> None:
    form = ExampleForm({})

    assert "<legend" in render("{% field form.colour %}", form=form)
    assert 'role="switch"' in render("{% field form.active switch=True %}", form=form)
    assert 'role="switch"' not in render("{% field form.active %}", form=form)


def test_words_of_people_are_escaped() -> None:
    html = render('{% pill "bad" word %}{% icon "box" "s" word %}{% sort_header "a" word %}', word="<b>&")

    assert "<b>" not in html
