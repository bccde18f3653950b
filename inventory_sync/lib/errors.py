"""Base of every refusal that staff may see."""

from dataclasses import dataclass


@dataclass(frozen=True)
class WayOut:
    """Where the cause can be fixed: a label and a URL of ours."""

    label: str
    url: str


class ProductError(Exception):
    """Something was refused or failed in a way a person can understand.

    `message` is one sentence for staff (translated), `detail` helps support and may hold the store's own words,
    `way_out` links to the page where the cause is fixed.
    """

    def __init__(self, message: str, *, detail: str = "", way_out: WayOut | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail
        self.way_out = way_out

    def __str__(self) -> str:
        return str(self.message)
