"""Which recordings are played and compared, which are not and why, and what happened between them unrecorded."""

from tests.sandbox.woocommerce.recordings import Recording
from tests.sandbox.woocommerce.replay import Replay

NOT_PLAYED = (
    ("/wc/store", "the block checkout's Store API is the shopper's, not ours; the sandbox has its own shop pages"),
)
"""Beginnings of paths below /wp-json."""

SINGLE: dict[str, str] = {
    "list-orderby-id-products-categories": "two of its categories came about by racing requests, which is no feature",
}
"""Names of recordings."""

FREE: dict[str, tuple[str, ...]] = {
    "customers-role-all": (r".*date_created.*",),
    "settings-account": (r"(value|default)",),
}
"""Per recording: fields of which only the form is the same. The administrator was there before the session."""


def why_not(recording: Recording) -> str | None:
    below = recording.path.removeprefix("/wp-json")
    for beginning, reason in NOT_PLAYED:
        if below.startswith(beginning):
            return reason
    return SINGLE.get(recording.name)


def restore_variations(replay: Replay) -> None:
    """Between two recordings the variations of the T-shirt were taken out of the trash one by one."""
    for number in (27, 28, 29, 30, 31):
        replay.send("PUT", f"/wc/v3/products/25/variations/{number}", {"status": "publish"})


def add_cascade(replay: Replay) -> None:
    """The family that is deleted next was made unrecorded."""
    attribute = {"name": "A", "variation": True, "options": ["1", "2"]}
    made = replay.send("POST", "/wc/v3/products", {"name": "Cascade", "type": "variable", "attributes": [attribute]})
    replay.numbers.learn("post", 207, made["id"])
    value = [{"name": "A", "option": "1"}]
    child = replay.send("POST", "/wc/v3/products/207/variations", {"regular_price": "1", "attributes": value})
    replay.numbers.learn("post", 208, child["id"])


def add_touched(replay: Replay) -> None:
    """A product that was made to look at its dates."""
    made = replay.send("POST", "/wc/v3/products", {"name": "Dates", "regular_price": "1"})
    replay.numbers.learn("post", 197, made["id"])


def add_customer(replay: Replay) -> None:
    """The user whose key may do nothing."""
    made = replay.send("POST", "/wc/v3/customers", {"email": "customer@example.com"})
    replay.numbers.learn("user", 5, made["id"])


BEFORE = {
    "variation-partial-attributes": restore_variations,
    "product-variable-delete-force": add_cascade,
    "product-unknown-field": add_touched,
    "auth-customer-user": add_customer,
}
LATER: tuple[str, ...] = ("/wc/v3/orders", "/wc/v3/refunds", "/wc/v3/webhooks")
"""Not emulated yet; and what depends on orders having been placed:"""
AFTER_ORDERS = frozenset(
    "product-delete-in-order auth-manager-customers method-override-header product-restore product-update-by-post "
    "product-unknown-field product-html-name product-trash-variable product-untrash-variable variation-untrash "
    "product-attributes-partial product-attributes-restore product-type-change product-type-change-back "
    "list-orderby-id-customers list-orderby-id-coupons customer-delete".split()
)
