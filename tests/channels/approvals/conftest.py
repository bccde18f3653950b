"""A store that approves, and somebody who connects it."""

from tests.channels.approving import approving, browser, store  # noqa: F401 (fixtures)
