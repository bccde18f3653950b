"""Which units were chosen, page by page, each once."""

import pytest

from catalog.models import Listing
from catalog.queries.catalog import CatalogFilters, catalog_products
from catalog.services.selection import Chosen, NothingChosen, Selection
from channels.models import Channel
from tests.factories.catalog import listed, sending_channel
from tests.factories.inventory import ProductFactory
from tests.factories.listing import kin

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel(db: None) -> Channel:
    return sending_channel()


def pages(channel: Channel, selection: Selection, size: int) -> list[list[str]]:
    chosen, after, found = Chosen(channel, selection), 0, []
    while True:
        keys, after, looked = chosen.next_units(after=after, size=size)
        if not looked:
            return found
        found.append(keys)


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_a_family_comes_once_whichever_variations_were_chosen(channel: Channel, size: int) -> None:
    red, blue, green = kin("Shirt", "Red", "Blue", "Green")
    oak = ProductFactory()
    family = f"f{red.family_id}"
    for selection, expected in (
        (Selection(product_ids=(green.pk, blue.pk, oak.pk)), [family, f"p{oak.pk}"]),
        (Selection(filters=CatalogFilters()), [family, f"p{oak.pk}"]),
    ):
        found = [key for page in pages(channel, selection, size) for key in page]
        assert found == expected


def test_a_product_follows_its_link(channel: Channel) -> None:
    red, blue = kin("Shirt", "Red", "Blue")
    listed(channel, red)
    assert pages(channel, Selection(product_ids=(red.pk,)), 10) == [[f"p{red.pk}"]]
    assert pages(channel, Selection(product_ids=(red.pk, blue.pk)), 1) == [[f"p{red.pk}"], [f"f{red.family_id}"]]
    assert Listing.objects.get().product == red


def test_an_empty_selection_is_refused_and_a_kept_one_comes_back() -> None:
    for empty in (Selection(), Selection(product_ids=())):
        with pytest.raises(NothingChosen):
            empty.as_options()
    with pytest.raises(NothingChosen):
        Selection.from_options({})
    for selection in (Selection(product_ids=(1, 2)), Selection(filters=CatalogFilters(q="oak"))):
        assert Selection.from_options(selection.as_options()) == selection


@pytest.mark.req("CAT-2")
@pytest.mark.parametrize(
    "words", ["it's", 'a"b', "a--b", "a;b", "a__b", "v1.2", "a%b", "[x]", "/*", "#1", "__", "a{b}", "\\", "%s"]
)
def test_any_text_can_be_searched_for(channel: Channel, words: str) -> None:
    ProductFactory(sku="X1", name=f"Say {words} ok")
    ProductFactory(sku="X2", name="Other")
    found = catalog_products(channel, CatalogFilters(q=words))
    assert list(found.values_list("sku", flat=True)) == ["X1"]
