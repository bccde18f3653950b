"""Which recordings are played and compared, and which are not and why."""

from tests.sandbox.woocommerce.recordings import Recording

NOT_PLAYED = (
    ("/store/v1", "the block checkout's Store API is the shopper's, not ours; the sandbox has its own shop pages"),
)
"""Beginnings of paths below /wp-json."""

LATER = ("/wc/v3/orders", "/wc/v3/refunds", "/wc/v3/webhooks")


def why_not(recording: Recording) -> str | None:
    below = recording.path.removeprefix("/wp-json")
    for beginning, reason in NOT_PLAYED:
        if below.startswith(beginning):
            return reason
    return None
