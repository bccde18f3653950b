"""Which product of ours a store's product is (CAT-4 to CAT-9, A22 to A26)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from catalog.enums import ConflictKind
from catalog.models import ListingItem
from catalog.services.matching import (
    ProductPlan,
    VariantKey,
    find_products,
    option_values,
    plan_products,
    product_name,
    read_known,
)
from channels.models import Channel
from channels.remote import RemoteProduct
from inventory.models import Product
from tests.factories.catalog import ItemFactory, ListingFactory, family, listed, listed_family, single, variant
from tests.factories.channels import ChannelFactory
from tests.factories.inventory import FamilyFactory, ProductFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel() -> Channel:
    return ChannelFactory()


def plan(channel: Channel, *remotes: RemoteProduct) -> list[ProductPlan]:
    return plan_products(read_known(channel, remotes), remotes)


def matched(plans: list[ProductPlan]) -> list[Product | None]:
    return [each.product for plan in plans for each in plan.variants]


@pytest.mark.req("CAT-9")
def test_a_link_wins_over_the_sku(channel: Channel) -> None:
    linked, other = ProductFactory(sku="OLD"), ProductFactory(sku="NEW")
    item = listed(channel, linked)

    [found] = plan(channel, single("NEW", variant_id=item.remote_id, id=item.remote_product_id))

    assert matched([found]) == [linked]
    assert found.conflict is None
    assert other.listing_items.count() == 0


@pytest.mark.req("CAT-9")
def test_a_link_wins_even_where_the_store_has_no_sku_any_more(channel: Channel) -> None:
    item = listed(channel, ProductFactory())

    [found] = plan(channel, single("", variant_id=item.remote_id, id=item.remote_product_id))

    assert matched([found]) == [item.product]
    assert found.without_sku == []


@pytest.mark.req("CAT-9")
def test_a_sku_matches_regardless_of_case_and_space(channel: Channel) -> None:
    product = ProductFactory(sku="tent-2P")

    assert matched(plan(channel, single(" TENT-2p "))) == [product]


@pytest.mark.req("CAT-9")
def test_a_family_is_found_by_the_title_then_its_variations_by_sku(channel: Channel) -> None:
    shirt = FamilyFactory(name="Shirt")
    red = ProductFactory(sku="S-RED", family=shirt, option1="Red")

    [found] = plan(channel, family("SHIRT", variant("S-RED", "Red"), variant("S-BLUE", "Blue")))

    assert found.family == shirt
    assert matched([found]) == [red, None]


@pytest.mark.req("CAT-9")
def test_skus_of_one_family_tell_the_family_when_the_title_does_not(channel: Channel) -> None:
    shirt = FamilyFactory(name="Our name")
    ProductFactory(sku="S-RED", family=shirt, option1="Red")

    [found] = plan(channel, family("Their name", variant("S-RED", "Red"), variant("S-BLUE", "Blue")))

    assert found.family == shirt
    assert found.family_name == "Our name"
    assert found.conflict is None


@pytest.mark.req("CAT-4")
def test_single_and_family_are_told_apart(channel: Channel) -> None:
    one, many = plan(channel, single("A"), family("B", variant("B1", "Red")))

    assert (one.family_name, many.family_name) == ("", "B")


@pytest.mark.req("CAT-7")
@pytest.mark.req("A23")
def test_a_variation_without_sku_is_left_out_and_the_rest_stays(channel: Channel) -> None:
    [found] = plan(channel, family("Socks", variant("SO-1", "Red"), variant(" ", "Blue")))

    assert [each.remote.sku for each in found.variants] == ["SO-1"]
    assert [each.options[0].value for each in found.without_sku] == ["Blue"]
    assert found.without_sku


@pytest.mark.req("CAT-7")
def test_a_product_without_sku_has_nothing_to_save(channel: Channel) -> None:
    [found] = plan(channel, single(""))

    assert found.variants == []


@pytest.mark.req("A25")
def test_a_family_of_that_name_and_a_sku_elsewhere_is_a_conflict(channel: Channel) -> None:
    FamilyFactory(name="Shirt")
    elsewhere = ProductFactory(sku="S-RED", family=FamilyFactory(name="Blouse"), option1="Red")

    [found] = plan(channel, family("Shirt", variant("S-RED", "Red"), variant("S-BLUE", "Blue")))

    assert found.conflict is not None
    assert (found.conflict.kind, found.conflict.product) == (ConflictKind.SKU_ELSEWHERE, elsewhere)
    assert "Blouse" in found.conflict.words
    assert found.variants == []


@pytest.mark.req("A25")
def test_skus_of_two_families_are_a_conflict(channel: Channel) -> None:
    ProductFactory(sku="A-1", family=FamilyFactory(name="A"), option1="x")
    ProductFactory(sku="B-1", family=FamilyFactory(name="B"), option1="x")

    [found] = plan(channel, family("C", variant("A-1", "Red"), variant("B-1", "Blue")))

    assert found.conflict is not None
    assert found.conflict.kind == ConflictKind.SKU_ELSEWHERE


@pytest.mark.req("A25")
def test_a_single_product_here_is_not_pulled_into_a_family(channel: Channel) -> None:
    ProductFactory(sku="S-RED")

    [found] = plan(channel, family("Shirt", variant("S-RED", "Red"), variant("S-BLUE", "Blue")))

    assert found.conflict is not None
    assert found.conflict.kind == ConflictKind.FAMILY_CLASH


@pytest.mark.req("A25")
def test_a_sku_that_is_there_twice_matches_neither(channel: Channel) -> None:
    first, second = plan(channel, single("TWIN", id="1", variant_id="11"), single("twin", id="2", variant_id="22"))

    assert [each.conflict.kind for each in (first, second) if each.conflict] == [ConflictKind.DUPLICATE_SKU] * 2
    assert first.variants == second.variants == []


@pytest.mark.req("A25")
def test_a_sku_linked_to_another_product_of_the_store_is_a_conflict(channel: Channel) -> None:
    item = listed(channel, ProductFactory(sku="TENT"))

    [found] = plan(channel, single("TENT", id="other", variant_id="other"))

    assert found.conflict is not None
    assert (found.conflict.kind, found.conflict.product) == (ConflictKind.DUPLICATE_SKU, item.product)


@pytest.mark.req("A25")
def test_of_two_equal_skus_the_linked_one_stays(channel: Channel) -> None:
    item = listed(channel, ProductFactory(sku="TENT"))
    mine = single("TENT", id=item.remote_product_id, variant_id=item.remote_id)

    linked, other = plan(channel, mine, single("TENT", id="other", variant_id="other"))

    assert matched([linked]) == [item.product]
    assert linked.conflict is None
    assert other.conflict is not None


@pytest.mark.req("A25")
def test_a_linked_family_keeps_its_linked_variations_beside_a_conflict(channel: Channel) -> None:
    [item] = listed_family(channel, [ProductFactory(sku="S-RED")])
    ProductFactory(sku="S-BLUE")
    linked = variant("S-RED", "Red", id=item.remote_id)

    [found] = plan(channel, family("Shirt", linked, variant("S-BLUE", "Blue"), id=item.remote_product_id))

    assert found.conflict is not None
    assert matched([found]) == [item.product]


@pytest.mark.req("A25")
def test_a_product_that_became_a_family_in_the_store_is_a_conflict(channel: Channel) -> None:
    item = listed(channel, ProductFactory())

    [found] = plan(channel, family("Now many", variant("X", "Red"), id=item.remote_product_id))

    assert found.conflict is not None
    assert found.conflict.kind == ConflictKind.FAMILY_CLASH
    assert found.variants == []


@pytest.mark.req("A26")
def test_a_second_product_of_the_same_title_gets_a_family_of_its_own(channel: Channel) -> None:
    taken = FamilyFactory(name="Shirt")
    ListingFactory(channel=channel, family=taken, remote_id="1")

    [found] = plan(channel, family("Shirt", variant("T-RED", "Red"), id="2"))

    assert found.family is None
    assert found.family_name == "Shirt (T-RED)"


def test_another_channels_links_do_not_count(channel: Channel) -> None:
    product = ProductFactory(sku="TENT")
    other = listed(ChannelFactory(), product)

    [found] = plan(channel, single("TENT", id=other.remote_product_id, variant_id=other.remote_id))

    assert matched([found]) == [product]
    assert found.listing is None


@pytest.mark.req("CAT-5")
def test_only_the_first_three_options_are_kept() -> None:
    jacket = family("Jacket", variant("J-1", "Red", "L", "Slim", "Zip-off"))

    assert option_values(jacket, jacket.variants[0]) == ("Red", "L", "Slim")


@pytest.mark.req("CAT-11")
def test_a_variations_name_is_the_title_and_its_option_values() -> None:
    jacket = family("Jacket", variant("J-1", "Red", "", "Slim", "Zip-off"))

    assert product_name(jacket, jacket.variants[0]) == "Jacket Red Slim"
    assert product_name(single("A", "Tent "), single("A").variants[0]) == "Tent"


@pytest.mark.req("CAP-7")
def test_order_lines_find_products_by_link_then_by_sku(channel: Channel) -> None:
    item, plain = listed(channel, ProductFactory(sku="LINKED")), ProductFactory(sku="PLAIN")
    by_variant = VariantKey(product_id=item.remote_product_id, variant_id=item.remote_id, sku="PLAIN")
    by_product = VariantKey(product_id=item.remote_product_id, variant_id="", sku="")
    by_sku = VariantKey(product_id="", variant_id="", sku="plain")
    unknown = VariantKey(product_id="9", variant_id="9", sku="nope")

    found = find_products(channel, [by_variant, by_product, by_sku, unknown])

    assert found == {by_variant: item.product, by_product: item.product, by_sku: plain}


def test_a_key_without_variant_of_a_product_with_several_matches_by_sku_only(channel: Channel) -> None:
    items = listed_family(channel, [ProductFactory(), ProductFactory()])
    key = VariantKey(product_id=items[0].remote_product_id, variant_id="", sku=items[1].product.sku)

    assert find_products(channel, [key]) == {key: items[1].product}


@pytest.mark.req("CAT-9")
def test_planning_takes_the_same_statements_for_one_and_for_many(
    channel: Channel, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(7):
        plan(
            channel,
            *(single(f"S{n}") for n in range(200)),
            *(family(f"F{n}", variant(f"F{n}", "a")) for n in range(50)),
        )


class MatchingProperties(TestCase):
    """Whatever the SKUs of a store look like, nothing of ours is matched twice, and links hold."""

    @given(
        st.lists(
            st.lists(st.sampled_from(["a", "A", "b", "c", "d", ""]), min_size=1, max_size=3), min_size=1, max_size=5
        ),
        st.sets(st.sampled_from(["a", "b", "c"])),
    )
    def test_no_product_is_matched_twice(self, groups: list[list[str]], known: set[str]) -> None:
        channel = ChannelFactory()
        for sku in known:
            ProductFactory(sku=sku)
        linked = ItemFactory(channel=channel, product=ProductFactory(sku="linked"))
        remotes = [
            single(skus[0], id=f"p{n}", variant_id=f"v{n}")
            if len(skus) == 1
            else family(f"F{n}", *(variant(sku, f"x{m}", id=f"v{n}-{m}") for m, sku in enumerate(skus)), id=f"p{n}")
            for n, skus in enumerate(groups)
        ]
        remotes.append(single("a", id=linked.remote_product_id, variant_id=linked.remote_id))

        plans = plan_products(read_known(channel, remotes), remotes)

        products = [each.product.pk for plan in plans for each in plan.variants if each.product]
        fresh = [each.remote.sku.casefold() for plan in plans for each in plan.variants if each.product is None]
        assert len(products) == len(set(products))
        assert len(fresh) == len(set(fresh))
        assert plans[-1].variants[0].product == linked.product
        assert all(each.remote.sku for plan in plans for each in plan.variants)
        assert ListingItem.objects.count() == 1


def test_quantities_are_no_part_of_a_match(channel: Channel) -> None:
    product = ProductFactory(sku="TENT")

    assert matched(plan(channel, single("TENT", quantity=Decimal(3)))) == [product]
