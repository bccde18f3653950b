"""Who may do what in the Catalog tab (APP-4, CON-2)."""

import pytest
from django.test import Client

from catalog.models import ListingItem
from channels.models import Channel
from inventory.models import Run
from tests.catalog.test_pages import at, client_of
from tests.factories.catalog import listed
from tests.factories.inventory import UserFactory, stocked_product

pytestmark = pytest.mark.django_db


@pytest.mark.req("APP-4")
@pytest.mark.req("CON-2")
@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("catalog", "get"),
        ("progress", "get"),
        ("left_out", "get"),
        ("left_out_csv", "get"),
        ("download", "get"),
        ("look", "post"),
        ("start_download", "post"),
        ("selection", "post"),
        ("unlink", "post"),
        ("stock_preview", "get"),
        ("start_preview", "post"),
    ],
)
def test_who_may(channel: Channel, name: str, method: str) -> None:
    address = at(name, channel)
    viewer, nobody = client_of("Viewer"), Client()
    stranger = Client()
    stranger.force_login(UserFactory(role="Manager"))  # without the platform's permission
    sees = name in {"catalog", "progress", "left_out", "left_out_csv", "selection"}

    assert getattr(nobody, method)(address).status_code == 302
    assert getattr(stranger, method)(address).status_code == 404
    assert getattr(viewer, method)(address).status_code == (403 if not sees else 302 if method == "post" else 200)
    wrong = "post" if method == "get" else "get"
    assert getattr(client_of("Manager"), wrong)(address).status_code == 405


@pytest.mark.req("APP-4")
def test_a_viewer_changes_nothing(channel: Channel) -> None:
    item = listed(channel, stocked_product(3))
    viewer = client_of("Viewer")
    chosen = {"product": str(item.product_id)}

    for action in ("update", "unlink"):
        assert viewer.post(at("selection", channel), {"action": action, **chosen}).status_code == 403
    for name in ("switch", "update", "unlink_product"):
        assert viewer.post(at(name, channel, item.product_id)).status_code == 403
    page = viewer.get(at("catalog", channel)).content.decode()
    assert "data-select-row" not in page
    assert "hx-post" not in page
    assert not Run.objects.exists()
    assert ListingItem.objects.get().sync_stock


def test_first_stock_push_is_a_managers(channel: Channel) -> None:
    assert client_of("Operator").get(at("stock_preview", channel)).status_code == 403
