"""A Viewer changes nothing, whatever is sent to whatever address of the inventory (SPEC APP-4)."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from inventory import urls
from inventory.models import Movement, Run
from inventory.services import stock, stocktake_posting, stocktakes
from inventory.services.stocktake_posting import Uncounted
from inventory.services.stocktakes import Scope
from tests.factories.inventory import NOW, UserFactory, default_location, demand, organization, stocked_product
from tests.inventory.files import advance

pytestmark = [pytest.mark.django_db, pytest.mark.req("APP-4")]
ARGUMENTS = {
    "pk": 1, "line": 1, "slug": "brands", "kind": "sale", "act": "order", "what": "build", "form": "csv",
    "folder": "2026/01", "name": "x" * 32, "ending": "png",
}  # fmt: skip


@pytest.mark.parametrize("pattern", urls.urlpatterns, ids=lambda pattern: pattern.name)
def test_a_viewer_sends_nothing(client, pattern) -> None:
    organization()
    stocked_product(1)
    client.force_login(UserFactory(role="Viewer"))
    names = pattern.pattern.regex.groupindex
    arguments = {name: ARGUMENTS[name] for name in names}

    answer = client.post(reverse(f"inventory:{pattern.name}", kwargs=arguments))

    assert answer.status_code in (403, 404, 405), answer
    if answer.status_code == 404:
        assert pattern.name in {"confirm_import", "drop_import", "retry_import"}  # of what a kind of file asks for


def test_posting_again_needs_the_right_to_adjust_stock(client) -> None:
    organization()
    mug = stocked_product(10)
    user = UserFactory()
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_run", "change_run"]))
    client.force_login(user)
    stocktake = stocktakes.open_stocktake(location=default_location(), scope=Scope(), user=None, now=NOW)
    stocktakes.add_count(stocktake, product_id=mug.pk, quantity=Decimal(1), user=None, now=NOW)
    held = [demand("line:1", mug, 10)]
    stock.allocate_stock(held, key="a", document_key="order:1", at=NOW)
    stock.pick_stock(held, key="p", document_key="order:1", at=NOW)
    run = advance(stocktake_posting.finish_stocktake(stocktake, uncounted=Uncounted.LEAVE, user=None, now=NOW))
    assert run.failed == 1
    before = Movement.objects.count()

    page = client.get(reverse("inventory:run", args=[run.pk]))
    answer = client.post(reverse("inventory:retry_run", args=[run.pk]))

    assert (page.context["can_retry"], answer.status_code) == (False, 403)
    assert (Run.objects.count(), Movement.objects.count()) == (1, before)
