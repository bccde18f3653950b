"""Opening stock has a name wherever its document is shown."""

import pytest

from inventory import documents


@pytest.mark.req("INV-3")
def test_opening_stock_is_named_and_leads_to_its_movements():
    link = documents.resolve(["opening:demo"])["opening:demo"]
    assert str(link.label) == "Opening stock"
    assert link.url.endswith("/movements/?document=opening:demo")
