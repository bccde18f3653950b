"""What can go wrong with a store, by what the caller does next."""

from collections.abc import Mapping
from datetime import datetime

from inventory_sync.lib.errors import ProductError


class StoreError(ProductError):
    """Anything a store or the way to it did to us."""


class TryLater(StoreError):
    """The same call may succeed later."""

    def __init__(self, message: str, *, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(message, detail=detail)
        self.retry_after = retry_after
        """Seconds the store asked for, if it did."""


class RateLimited(TryLater):
    """The store's quota is used up."""


class TemporarilyUnavailable(TryLater):
    """Unreachable, too slow, or a server error. A write may or may not have been applied."""


class InDoubt(TemporarilyUnavailable):
    """No answer in time: the store may have applied the write, or may still apply it after later ones."""


class CertificateRefused(TemporarilyUnavailable):
    """The store's server cannot prove who it is: expired, of another name, or of nobody known. Nothing was sent."""


class AuthenticationFailed(StoreError):
    """The store refuses the credentials or a permission is missing."""


class RemoteRejected(StoreError):
    """The store refuses this request for good; `fields` holds its words per field.

    `code` is the store's word for programs, `resource` the remote id of what stands in the way; "" where unsaid.
    """

    def __init__(
        self,
        message: str,
        *,
        detail: str = "",
        fields: Mapping[str, str] | None = None,
        code: str = "",
        resource: str = "",
    ) -> None:
        super().__init__(message, detail=detail)
        self.fields = dict(fields or {})
        self.code = code
        self.resource = resource


class RemoteNotFound(StoreError):
    """The thing is not there (any more)."""


class MalformedResponse(StoreError):
    """The store answered something that is not what it promises."""


class Redirected(MalformedResponse):
    """The store answers at another address, `target` (absolute, without query), where a request is not sent on to."""

    def __init__(self, message: str, *, detail: str = "", target: str) -> None:
        super().__init__(message, detail=detail)
        self.target = target


class UnsupportedFeature(StoreError):
    """This platform or version cannot do it."""


class SignatureInvalid(StoreError):
    """A notice that does not come from the store."""


class AddressRefused(StoreError):
    """A private or malformed address that our client never calls (SSRF guard)."""


class StoreAlreadyConnected(ProductError):
    """CON-5: the store is on another channel."""


class NoConnectionLeft(ProductError):
    """CON-3 / A1: the organization's limit of connected stores is reached."""


class LeaseLost(ProductError):
    """Another process holds the channel now; stop writing."""

    def __init__(self, *, at: datetime) -> None:
        super().__init__("The channel's lease was lost.", detail=at.isoformat())
