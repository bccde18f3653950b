"""Products that could not be matched: link, create, ignore (A25)."""

from dataclasses import replace

import pytest

from catalog.enums import ConflictDecision, ConflictKind
from catalog.models import CatalogConflict, Listing, ListingItem
from catalog.queries import conflicts as queries
from catalog.queries.activities import RESOLVE
from catalog.services import conflicts
from catalog.services.choice_checks import WHOLE
from catalog.services.decisions import Choice
from channels.models import Channel
from channels.remote import RemoteProduct
from inventory.enums import Outcome, RecordStatus, RunState
from inventory.models import AuditEntry, Family, Product, Run
from tests.catalog.conftest import fetch, work_off
from tests.factories.catalog import FakeShop, ListingFactory, family, listed, listed_family, single, variant
from tests.factories.channels import NOW, ChannelFactory
from tests.factories.inventory import FamilyFactory, ProductFactory
from tests.statements import statements

pytestmark = [pytest.mark.django_db, pytest.mark.req("A25")]
LINK, CREATE, IGNORE = ConflictDecision.LINK, ConflictDecision.CREATE, ConflictDecision.IGNORE


@pytest.fixture
def channel() -> Channel:
    return ChannelFactory(settings={"import_opening_stock": False})


@pytest.fixture
def clash(channel: Channel, shop: FakeShop) -> CatalogConflict:
    """TENT is linked already, and the store has another product of that SKU."""
    listed(channel, ProductFactory(sku="TENT"), remote_id="v1")
    shop.remotes = [single("TENT", "Other tent", id="other", variant_id="v9")]
    fetch(channel, shop)
    return CatalogConflict.objects.get()


def decide(channel: Channel, row: CatalogConflict, decision: ConflictDecision, **choices: Choice) -> Run | None:
    return conflicts.decide_conflict(
        channel, conflict_id=row.pk, decision=decision, choices=choices, user=None, now=NOW
    )


def carried_out(channel: Channel, shop: FakeShop) -> Run:
    return work_off(channel, shop, Run.objects.get(kind=RESOLVE, state=RunState.QUEUED))


def refused(channel: Channel, row: CatalogConflict, decision: ConflictDecision, **choices: Choice) -> dict[str, str]:
    """The problems; nothing was remembered, started or linked."""
    before = (list(ListingItem.objects.values()), Product.objects.count(), AuditEntry.objects.count())
    with pytest.raises(conflicts.WrongChoice) as caught:
        decide(channel, row, decision, **choices)
    row.refresh_from_db()
    assert (row.decision, row.choices) == ("", {})
    assert (list(ListingItem.objects.values()), Product.objects.count(), AuditEntry.objects.count()) == before
    assert not Run.objects.filter(kind=RESOLVE).exists()
    return dict(caught.value.problems)


# --- link


def test_linking_reads_the_product_again_and_links_it(channel: Channel, shop: FakeShop, clash: CatalogConflict) -> None:
    mat = ProductFactory(sku="MAT", name="Mat")
    assert clash.variants == [{"id": "v9", "sku": "TENT", "name": ""}]
    shop.calls.clear()

    decide(channel, clash, LINK, v9=Choice(product_id=mat.pk))
    run = carried_out(channel, shop)

    assert shop.calls == ["get 1"]
    assert (run.state, run.done, run.failed) == (RunState.DONE, 1, 0)
    item = ListingItem.objects.get(remote_id="v9")
    assert (item.product, item.remote_sku, item.listing.product) == (mat, "TENT", mat)
    mat.refresh_from_db()
    assert (mat.sku, mat.name) == ("MAT", "Other tent")
    assert not CatalogConflict.objects.exists()
    entry = AuditEntry.objects.get(action="Decided on a conflict")
    assert entry.changes == {"decision": [None, "link"], "choices": [None, [f"v9: #{mat.pk}"]]}


def test_the_same_decision_again_changes_nothing(channel: Channel, clash: CatalogConflict) -> None:
    mat = ProductFactory(sku="MAT")

    first = decide(channel, clash, LINK, v9=Choice(product_id=mat.pk))
    second = decide(channel, clash, LINK, v9=Choice(product_id=mat.pk))

    assert first == second
    assert AuditEntry.objects.filter(action="Decided on a conflict").count() == 1


def test_a_decision_is_used_by_the_next_download_too(channel: Channel, shop: FakeShop, clash: CatalogConflict) -> None:
    mat = ProductFactory(sku="MAT")
    decide(channel, clash, LINK, v9=Choice(product_id=mat.pk))

    fetch(channel, shop)

    assert ListingItem.objects.get(remote_id="v9").product == mat
    assert carried_out(channel, shop).handled == 0


def test_variations_are_linked_to_a_family_beside_new_ones(channel: Channel, shop: FakeShop) -> None:
    home = FamilyFactory(name="Shirt of ours")
    red = ProductFactory(sku="OUR-RED", family=home, option1="Red")
    ProductFactory(sku="S-RED")  # a single product has the store's SKU
    shop.remotes = [family("Shirt", variant("S-RED", "Red"), variant("S-BLUE", "Blue"))]
    fetch(channel, shop)
    row = CatalogConflict.objects.get()
    assert row.kind == ConflictKind.FAMILY_CLASH
    key, other = (each["id"] for each in row.variants)

    decide(channel, row, LINK, **{key: Choice(product_id=red.pk), other: Choice(sku="OUR-BLUE")})
    carried_out(channel, shop)

    assert Listing.objects.get().family == home
    assert dict(home.variations.values_list("sku", "option1")) == {"OUR-RED": "Red", "OUR-BLUE": "Blue"}
    assert dict(ListingItem.objects.values_list("remote_id", "product__sku")) == {key: "OUR-RED", other: "OUR-BLUE"}
    assert Product.objects.get(sku="S-RED").family is None
    run = fetch(channel, shop)
    assert (run.unchanged, run.skipped) == (1, 0)


def test_wrong_links_are_refused(channel: Channel, clash: CatalogConflict) -> None:
    tent = Product.objects.get(sku="TENT")
    old = ProductFactory(sku="OLD", status=RecordStatus.DEPRECATED)

    assert refused(channel, clash, LINK, v9=Choice(product_id=tent.pk)) == {
        "v9": f"TENT is linked to “{Listing.objects.get().remote_name}” of this store already. Unlink that first."
    }
    assert refused(channel, clash, LINK, v9=Choice(product_id=old.pk)) == {
        "v9": "There is no active product like this."
    }
    assert refused(channel, clash, LINK, v9=Choice(product_id=10**9)) == {"v9": "There is no active product like this."}
    assert refused(channel, clash, LINK, v5=Choice(product_id=ProductFactory().pk)) == {
        "v5": "The store does not have this variation."
    }
    assert refused(channel, clash, LINK) == {WHOLE: "Choose at least one product of yours."}


def test_families_do_not_mix(channel: Channel, shop: FakeShop) -> None:
    single_one = ProductFactory(sku="S-RED")
    first = ProductFactory(sku="A-1", family=FamilyFactory(name="A"), option1="x")
    second = ProductFactory(sku="B-1", family=FamilyFactory(name="B"), option1="x")
    taken = FamilyFactory(name="C")
    third = ProductFactory(sku="C-1", family=taken, option1="x")
    ListingFactory(channel=channel, family=taken, remote_id="77")
    shop.remotes = [family("Shirt", variant("S-RED", "Red"), variant("S-BLUE", "Blue"))]
    fetch(channel, shop)
    row = CatalogConflict.objects.get()
    red, blue = (each["id"] for each in row.variants)

    assert refused(channel, row, LINK, **{red: Choice(product_id=single_one.pk)}) == {
        red: "S-RED is a single product here. Put it into a family first."
    }
    assert refused(channel, row, LINK, **{red: Choice(product_id=first.pk), blue: Choice(product_id=second.pk)}) == {
        blue: "B-1 belongs to another family, “B”: all variations must be of one."
    }
    assert refused(channel, row, LINK, **{red: Choice(product_id=third.pk)}) == {
        red: "The family “C” of C-1 is linked to another product of this store."
    }
    assert refused(channel, row, LINK, **{red: Choice(product_id=first.pk), blue: Choice(product_id=first.pk)}) == {
        blue: "The same is chosen twice."
    }


def test_what_became_impossible_meanwhile_is_open_again(
    channel: Channel, shop: FakeShop, clash: CatalogConflict
) -> None:
    mat = ProductFactory(sku="MAT")
    decide(channel, clash, LINK, v9=Choice(product_id=mat.pk))
    listed(channel, mat, remote_id="v3")

    run = carried_out(channel, shop)

    clash.refresh_from_db()
    assert (clash.decision, clash.choices) == ("", {})
    assert clash.words.startswith("What was decided is no longer possible: MAT")
    assert run.items.get().outcome == Outcome.SKIPPED
    assert not ListingItem.objects.filter(remote_id="v9").exists()


def test_nobody_else_gets_what_was_chosen(channel: Channel, shop: FakeShop, clash: CatalogConflict) -> None:
    """A product of the store whose SKU is that of a chosen product waits for its own decision."""
    mat = ProductFactory(sku="MAT")
    decide(channel, clash, LINK, v9=Choice(product_id=mat.pk))
    shop.remotes = [single("MAT", "Mat there"), *shop.remotes]

    fetch(channel, shop)

    assert ListingItem.objects.get(product=mat).remote_id == "v9"
    assert CatalogConflict.objects.get().words == (
        "The SKU MAT was chosen for another product of this store. Decide what this one is."
    )


# --- create


def test_creating_takes_another_sku(channel: Channel, shop: FakeShop, clash: CatalogConflict) -> None:
    assert refused(channel, clash, CREATE, v9=Choice(sku="tent")) == {
        "v9": "The SKU tent is taken. Choose another one."
    }
    assert refused(channel, clash, CREATE, v9=Choice(sku=" ")) == {"v9": "A new product needs a SKU."}

    decide(channel, clash, CREATE, v9=Choice(sku="TENT-2"))
    carried_out(channel, shop)

    item = ListingItem.objects.get(remote_id="v9")
    assert (item.product.sku, item.product.name, item.remote_sku) == ("TENT-2", "Other tent", "TENT")
    assert fetch(channel, shop).unchanged == 1
    assert Product.objects.count() == 2


def test_creating_a_family_makes_a_new_one(channel: Channel, shop: FakeShop) -> None:
    home = FamilyFactory(name="Shirt")
    ProductFactory(sku="X-1", family=home, option1="Red")
    ProductFactory(sku="S-RED", family=FamilyFactory(name="Other"), option1="Red")
    shop.remotes = [family("Shirt", variant("S-RED", "Red"), variant("S-BLUE", "Blue"))]
    fetch(channel, shop)
    row = CatalogConflict.objects.get()
    assert row.kind == ConflictKind.SKU_ELSEWHERE
    red, blue = (each["id"] for each in row.variants)

    decide(channel, row, CREATE, **{red: Choice(sku="S-RED-2"), blue: Choice(sku="S-BLUE")})
    carried_out(channel, shop)

    made = Listing.objects.get().family
    assert made is not None
    assert (made.name, made != home) == ("Shirt (S-RED-2)", True)
    assert sorted(made.variations.values_list("sku", flat=True)) == ["S-BLUE", "S-RED-2"]
    assert Family.objects.count() == 3


def test_twice_the_same_sku_in_the_store(channel: Channel, shop: FakeShop) -> None:
    shop.remotes = [single("TWIN", id="1", variant_id="v1"), single("TWIN", id="2", variant_id="v2")]
    fetch(channel, shop)
    first, second = CatalogConflict.objects.order_by("remote_id")

    decide(channel, first, CREATE, v1=Choice(sku="TWIN"))
    assert "v2" in dict(_problems(channel, second, v2=Choice(sku="TWIN")))
    decide(channel, second, CREATE, v2=Choice(sku="TWIN-2"))
    run = carried_out(channel, shop)

    assert run.done == 2
    assert dict(ListingItem.objects.values_list("remote_id", "product__sku")) == {"v1": "TWIN", "v2": "TWIN-2"}
    assert fetch(channel, shop).unchanged == 2


def _problems(channel: Channel, row: CatalogConflict, **choices: Choice) -> dict[str, str]:
    with pytest.raises(conflicts.WrongChoice) as caught:
        decide(channel, row, CREATE, **choices)
    return dict(caught.value.problems)


# --- ignore


def test_ignored_stays_ignored_until_taken_back(channel: Channel, shop: FakeShop, clash: CatalogConflict) -> None:
    assert decide(channel, clash, IGNORE) is None
    shop.remotes = [replace(shop.remotes[0], variants=(replace(shop.remotes[0].variants[0], sku="FREE"),))]

    run = fetch(channel, shop)

    assert (run.skipped, run.items.get().reason) == (1, "Ignored, as decided.")
    assert not ListingItem.objects.filter(remote_id="v9").exists()
    assert queries.conflict_counts(channel).open == 0

    assert conflicts.take_back(channel, conflict_id=clash.pk, user=None, now=NOW)
    assert not conflicts.take_back(channel, conflict_id=clash.pk, user=None, now=NOW)
    fetch(channel, shop)
    assert ListingItem.objects.get(remote_id="v9").product.sku == "FREE"
    assert not CatalogConflict.objects.exists()


def test_an_ignored_variation_leaves_the_linked_ones_alone(channel: Channel, shop: FakeShop) -> None:
    [item] = listed_family(channel, [ProductFactory(sku="S-RED")])
    ProductFactory(sku="S-BLUE")
    remote = family("Shirt", variant("S-RED", "Red", id=item.remote_id), variant("S-BLUE", "Blue"))
    shop.remotes = [replace(remote, id=item.remote_product_id)]
    fetch(channel, shop)

    decide(channel, CatalogConflict.objects.get(), IGNORE)
    fetch(channel, shop)

    item.refresh_from_db()
    assert item.product.name == "Shirt Red"
    assert ListingItem.objects.count() == 1
    assert CatalogConflict.objects.get().decision == IGNORE


# --- what changed its shape


def test_a_linked_product_that_became_a_family_can_only_be_ignored(channel: Channel, shop: FakeShop) -> None:
    item = listed(channel, ProductFactory(sku="TENT"))
    shop.remotes = [family("Tent", variant("T-1", "Red"), id=item.remote_product_id)]
    fetch(channel, shop)
    row = CatalogConflict.objects.get()

    problems = refused(channel, row, CREATE, **{row.variants[0]["id"]: Choice(sku="T-1")})

    assert problems == {WHOLE: "It is linked as something else here. Unlink it first, then decide."}
    decide(channel, row, IGNORE)
    fetch(channel, shop)
    assert CatalogConflict.objects.get().decision == IGNORE


# --- many at once


def three(channel: Channel, shop: FakeShop) -> list[RemoteProduct]:
    listed(channel, ProductFactory(sku="TENT"), remote_id="v1")
    ProductFactory(sku="S-RED")
    shop.remotes = [
        single("TENT", "Other tent", id="other", variant_id="v9"),
        single("TWIN", id="1", variant_id="w1"),
        single("TWIN", id="2", variant_id="w2"),
        family("Shirt", variant("S-RED", "Red"), variant("S-BLUE", "Blue")),
    ]
    fetch(channel, shop)
    return shop.remotes


def test_all_of_a_kind_are_ignored(channel: Channel, shop: FakeShop) -> None:
    three(channel, shop)

    done = conflicts.decide_all(channel, decision=IGNORE, kind=ConflictKind.DUPLICATE_SKU, user=None, now=NOW)

    assert (done.decided, done.refused, done.run) == (3, 0, None)
    counts = queries.conflict_counts(channel)
    assert (counts.open, counts.ignored) == (1, 3)


def test_all_that_can_be_created_are(channel: Channel, shop: FakeShop) -> None:
    three(channel, shop)

    done = conflicts.decide_all(channel, decision=CREATE, user=None, now=NOW)

    assert (done.decided, done.refused) == (1, 3)  # one of the twins; its SKU is free
    run = carried_out(channel, shop)
    assert run.done == 1
    assert ListingItem.objects.get(product__sku="TWIN").remote_id == "w1"
    assert queries.conflict_counts(channel).open == 3


@pytest.mark.parametrize("decision", [IGNORE, CREATE])
def test_deciding_many_takes_the_statements_of_one(channel: Channel, decision: ConflictDecision) -> None:
    counts = []
    for start, size in ((0, 1), (10, 4)):
        for number in range(start, start + size):
            CatalogConflict.objects.create(
                channel=channel,
                remote_id=f"r{number}",
                remote_name=f"Tent {number}",
                sku=f"TENT-{number}",
                kind=ConflictKind.SKU_ELSEWHERE,
                variants=[{"id": f"v{number}", "sku": f"TENT-{number}", "name": ""}],
                seen_at=NOW,
            )
        with statements() as made:
            done = conflicts.decide_all(channel, decision=decision, user=None, now=NOW)
        counts.append((done.decided, len(made)))
    assert [count for count, _made in counts] == [1, 4]
    assert counts[1][1] <= counts[0][1]
