"""Which recordings are played and compared, and which are not and why."""

from tests.sandbox.woocommerce.recordings import Recording

NOT_PLAYED = (
    ("/wc/store", "the block checkout's Store API is the shopper's, not ours; the sandbox has its own shop pages"),
)
"""Beginnings of paths below /wp-json."""

PAGING = (
    "which rows this unstable order loses hangs on orders that were placed unrecorded; test_orders.py shows the loss"
)
SINGLE: dict[str, str] = {
    "paging-orders-by-modified-page1": PAGING,
    "paging-orders-by-modified-page2": PAGING,
    "paging-orders-by-modified-page3": PAGING,
    "paging-orders-by-modified-page4": PAGING,
    "paging-orders-by-modified-page5": PAGING,
    "paging-orders-by-modified-page6": PAGING,
    "hpos-orders-after-before": "which orders fall into one second hangs on the pace of the session",
    "list-orderby-id-customers": "a shopper was made and changed by scripts",
    "list-orderby-id-products-categories": "two of its categories came about by racing requests, which is no feature",
}
"""Names of recordings."""

HASHES = (r"meta_data\.value",)
CHECKOUT = ("store-cod-draft-v3", "store-bacs-draft-v3", "store-incl-draft-v3")
PLACED = ("order-from-checkout-cod", "order-from-checkout-bacs", "order-prices-include-tax")
FREE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys((*CHECKOUT, *PLACED), HASHES),
    "list-orderby-id-webhooks": (r".*date_modified.*",),
    "customers-role-all": (r".*date_created.*",),
    "list-orderby-id-customers": (r".*date_(created|modified).*", r"billing\.city", r"meta_data"),
    "settings-account": (r"(value|default)",),
}
"""Per recording: fields of which only the form is the same. The administrator was there before the session."""


def why_not(recording: Recording) -> str | None:
    below = recording.path.removeprefix("/wp-json")
    for beginning, reason in NOT_PLAYED:
        if below.startswith(beginning):
            return reason
    return SINGLE.get(recording.name)


def left_out(session: tuple[Recording, ...]) -> dict[str, str]:
    """Every recording that is not played, with its reason."""
    return {str(recording): reason for recording in session if (reason := why_not(recording)) is not None}
