"""Our app in the store's control panel: installed, opened, removed (CON-8, CON-10).

The control panel calls us in a frame: `install` with a one-time code, the others with a signed payload (JWT). Facts:
"Single-click apps" of the developer documentation, auth and callbacks.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import jwt
from django.conf import settings
from django.utils.translation import gettext as _

from channels.errors import AuthenticationFailed, RemoteNotFound, RemoteRejected, SignatureInvalid
from channels.platforms.addresses import AddressGuard
from channels.platforms.bigcommerce.client import an_object
from channels.platforms.bigcommerce.dialect import DIALECT
from channels.platforms.bigcommerce.environment import setting
from channels.platforms.buckets import bucket_of
from channels.platforms.fields import text
from channels.platforms.http import IMPATIENT, StoreHttp, unreadable
from channels.ports import AppInstalled, AppOpened, AppRemoved, AppUserRemoved, ConnectStep, StepCall

FRAME_ANCESTORS = ("https://*.mybigcommerce.com", "https://*.bigcommerce.com")
LEEWAY_SECONDS = 30
"""Clocks differ; the published example is signed five seconds before its own time."""
ALGORITHM = "HS256"
ISSUER = "bc"
INSTALL = "install"
LOGIN_REQUESTS, LOGIN_SECONDS = 60, 60.0
_CONTEXT = re.compile(r"stores/([a-z0-9]{2,32})")
_MOMENTS = ("exp", "nbf")

NEEDED_SCOPES: Mapping[str, tuple[str, ...]] = {
    "Products: modify": ("store_v2_products",),
    "Store inventory: modify": ("store_inventory",),
    "Orders: modify": ("store_v2_orders",),
    "Store locations: read-only": ("store_locations_read_only", "store_locations"),
    "Order transactions: read-only": ("store_v2_transactions_read_only", "store_v2_transactions"),
    "Customers: read-only": ("store_v2_customers_read_only", "store_v2_customers"),
    "Information & settings: read-only": ("store_v2_information_read_only", "store_v2_information"),
}
"""Permissions by the store's names for them, and the scopes of which one is enough."""


def is_ready() -> bool:
    """Whether this installation has an app of its own at BigCommerce."""
    return bool(setting("BIGCOMMERCE_APP_CLIENT_ID") and setting("BIGCOMMERCE_APP_CLIENT_SECRET"))


def callback_url(step: str) -> str:
    """The address registered for a callback; the code exchange repeats it letter by letter."""
    return f"{settings.PUBLIC_URL}/connect/bigcommerce/{step}/"


# -- install


def installed(call: StepCall) -> AppInstalled:
    """Exchanges the one-time code for the store's token. Again after every change of scopes or owner: an upsert.

    The store is the one that the token is for, whatever else the request says.
    """
    _check_ready()
    wanted = {name: call.query.get(name, "") for name in ("code", "scope", "context")}
    if not all(wanted.values()):
        raise RemoteRejected(_("This is no installation: open the app from the control panel of the store."))
    answer = _exchange(wanted)
    token, context = text(answer, "access_token"), text(answer, "context")
    if not token:
        raise unreadable("oauth2/token: no token")
    if context != wanted["context"]:
        raise RemoteRejected(_("The installation is for another store."), detail=f"{context} ≠ {wanted['context']}")
    account = call.query.get("account_uuid", "")
    if account and text(answer, "account_uuid") not in ("", account):
        raise RemoteRejected(_("The installation is for another account."), detail=account)
    _check_scopes(text(answer, "scope"))
    secrets = {"access_token": token, "client_id": setting("BIGCOMMERCE_APP_CLIENT_ID")}
    return AppInstalled(identity=_store_of(context), secrets=secrets)


def _exchange(wanted: Mapping[str, str]) -> Mapping[str, Any]:
    """One call, never repeated: a code works once."""
    secret, login = setting("BIGCOMMERCE_APP_CLIENT_SECRET"), setting("BIGCOMMERCE_LOGIN_URL")
    http = StoreHttp(
        login,
        headers={"Accept": "application/json"},
        guard=AddressGuard(tuple(settings.PRIVATE_ADDRESSES_ALLOWED)),
        bucket=bucket_of(login, LOGIN_REQUESTS, LOGIN_SECONDS),
        dialect=DIALECT,
        secrets=(secret, wanted["code"]),
    )
    http.patience = IMPATIENT
    body = {
        **wanted,
        "client_id": setting("BIGCOMMERCE_APP_CLIENT_ID"),
        "client_secret": secret,
        "grant_type": "authorization_code",
        "redirect_uri": callback_url(INSTALL),
    }
    try:
        return an_object(http.request("POST", "/oauth2/token", body=body), "/oauth2/token")
    except (AuthenticationFailed, RemoteNotFound, RemoteRejected) as error:
        words = _("BigCommerce did not accept the installation. Open the app again from the control panel.")
        raise RemoteRejected(words, detail=error.detail or error.message) from error


def _check_scopes(granted: str) -> None:
    have = set(granted.split())
    missing = [name for name, scopes in NEEDED_SCOPES.items() if have.isdisjoint(scopes)]
    if missing:
        words = _("The app lacks permissions: %(names)s. Add them to the app, then open it again.")
        raise RemoteRejected(words % {"names": ", ".join(missing)})


# -- opened, removed


def opened(call: StepCall) -> AppOpened:
    return AppOpened(identity=_signed_store(call))


def removed(call: StepCall) -> AppRemoved:
    claims = _signed_claims(call)
    issued = _moment(claims.get("iat")) or int(claims["nbf"])
    return AppRemoved(identity=_store_of(str(claims["sub"])), issued_at=datetime.fromtimestamp(issued, UTC))


def user_removed(call: StepCall) -> AppUserRemoved:
    return AppUserRemoved(identity=_signed_store(call))


def _signed_store(call: StepCall) -> str:
    """Hash of the store that the signed payload is about; nothing else of the request is believed."""
    return _store_of(str(_signed_claims(call)["sub"]))


def _signed_claims(call: StepCall) -> Mapping[str, Any]:
    _check_ready()
    return _claims(call.query.get("signed_payload_jwt", ""), call.now)


def _claims(token: str, now: datetime) -> Mapping[str, Any]:
    """Checked claims. The library checks times against the machine's clock only, so they are checked here."""
    refused = _("The control panel's request is not signed as it should be.")
    try:
        claims = jwt.decode(
            token,
            setting("BIGCOMMERCE_APP_CLIENT_SECRET"),
            algorithms=[ALGORITHM],
            audience=setting("BIGCOMMERCE_APP_CLIENT_ID"),
            issuer=ISSUER,
            options={
                "require": ["aud", "iss", "exp", "nbf", "sub"],
                "strict_aud": True,
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
    except jwt.InvalidTokenError as error:
        raise SignatureInvalid(refused, detail=type(error).__name__) from error
    expires, valid_from = (_moment(claims[name]) for name in _MOMENTS)
    if expires is None or valid_from is None:
        raise SignatureInvalid(refused, detail="times")
    if not valid_from - LEEWAY_SECONDS <= now.astimezone(UTC).timestamp() <= expires + LEEWAY_SECONDS:
        raise SignatureInvalid(_("The control panel's request is too old. Open the app again."))
    return claims


def _moment(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _store_of(context: str) -> str:
    """`stores/<hash>` → hash."""
    found = _CONTEXT.fullmatch(context)
    if found is None:
        raise unreadable(f"context {context!r}")
    return found[1]


def _check_ready() -> None:
    if not is_ready():
        raise RemoteRejected(_("No BigCommerce app is set up for this installation."))


STEPS: Mapping[str, ConnectStep] = {
    INSTALL: ConnectStep(method="GET", audience="panel", read=installed),
    "load": ConnectStep(method="GET", audience="panel", read=opened),
    "uninstall": ConnectStep(method="GET", audience="panel", read=removed),
    "remove-user": ConnectStep(method="GET", audience="panel", read=user_removed),
}
