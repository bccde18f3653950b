"""Opening pages and filling lists, for the tests of the inventory's doors."""

from django.urls import reverse

from inventory.enums import Outcome
from inventory.models import Brand
from inventory.services import audit, runs, stock
from inventory.services.runs import ItemOutcome
from tests.factories.inventory import (
    NOW,
    CustomerFactory,
    FamilyFactory,
    demand,
    stocked_product,
)


def page(client, name: str, *args, **query) -> str:
    answer = client.get(reverse(f"inventory:{name}", args=args), query)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def fill(number: int) -> None:
    """One more of everything that lists show."""
    family = FamilyFactory()
    product = stocked_product(5, family=family, option1="red", name=f"Row {number}")
    stock.allocate_stock(
        [demand(f"line:{number}", product, 9)], key=f"c{number}", document_key=f"order:{number}", at=NOW
    )
    product.images.create(url=f"https://img.example/{number}.png")
    CustomerFactory()
    run = runs.start_run(
        kind=f"kind{number}", title=f"Download {number}", scope_key=f"channel:{number}", user=None, now=NOW
    )
    runs.record_step(
        run,
        outcomes=[ItemOutcome(key="1", label="Row", outcome=Outcome.FAILED, reason="No")],
        cursor={},
        finished=False,
        now=NOW,
    )
    Brand.objects.create(name=f"Brand of row {number}")
    audit.record(user=None, action="Changed", obj=product, changes={"name": ("a", "b")}, now=NOW)
