"""What an application asks for when it wants an API key, and what is wrong with asking."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from werkzeug.datastructures import MultiDict

PARAMETERS = ("app_name", "user_id", "return_url", "callback_url", "scope")
SCOPES = {"read": "Read", "write": "Write", "read_write": "Read/Write"}
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
VIEWS = ("View coupons", "View customers", "View orders and sales reports", "View products")
CHANGES = ("Create webhooks", "Create coupons", "Create customers", "Create orders", "Create products")
BOTH = (
    "Create webhooks",
    "View and manage coupons",
    "View and manage customers",
    "View and manage orders and sales reports",
    "View and manage products",
)
RIGHTS = {"read": VIEWS, "write": CHANGES, "read_write": BOTH}


class Denied(Exception):
    """The page “Access denied”, with status 401."""


@dataclass(frozen=True)
class Wish:
    """All five parameters; addresses without a scheme have got https."""

    app_name: str
    user_id: str
    return_url: str
    callback_url: str
    scope: str

    @property
    def rights(self) -> tuple[str, ...]:
        return RIGHTS[self.scope]

    @property
    def receiver(self) -> str:
        return urlsplit(self.callback_url).hostname or ""

    def query(self, *, blanks_as_plus: bool = False) -> str:
        """As the store writes it into its own addresses."""
        values = [(name, getattr(self, name)) for name in PARAMETERS]
        if blanks_as_plus:
            return urlencode(values)
        return "&".join(f"{name}={quote(value, safe='-._~')}" for name, value in values)

    def back(self, *, success: bool) -> str:
        """Where the merchant returns to."""
        joint = "&" if urlsplit(self.return_url).query else "?"
        return f"{self.return_url}{joint}success={int(success)}&user_id={quote(self.user_id, safe='-._~')}"


def wish_of(given: "MultiDict[str, str]") -> Wish:
    """Raises what the store says when a parameter is missing or wrong, in its order."""
    for name in ("app_name", "user_id", "return_url", "callback_url", "scope"):
        if not given.get(name):
            raise Denied(f"Missing parameter {name}.")
    if given["scope"] not in SCOPES:
        raise Denied(f"Invalid scope {given['scope']}.")
    addresses = {name: with_scheme(given[name]) for name in ("return_url", "callback_url")}
    for name, address in addresses.items():
        if not urlsplit(address).hostname:
            raise Denied(f"The {name} is not a valid URL.")
    callback = urlsplit(addresses["callback_url"])
    if callback.scheme != "https" and callback.hostname not in LOOPBACK:
        raise Denied("The callback_url needs to be over SSL.")
    return Wish(app_name=given["app_name"], user_id=given["user_id"], scope=given["scope"], **addresses)


def with_scheme(address: str) -> str:
    return address if "://" in address else f"https://{address}"
