"""The app that a store's owner may install: one-time codes, tokens, signed payloads, and the callbacks they go to."""

import hmac
import logging
import secrets
import threading
import uuid
from urllib.parse import urlencode, urlsplit

import jwt
import requests
from werkzeug.wrappers import Request, Response

from sandbox.bigcommerce.shops import Shop
from sandbox.bigcommerce.wire import ApiError, answer
from sandbox.db import Json

logger = logging.getLogger(__name__)

TOKEN_PATH = "/oauth2/token"  # noqa: S105 - an address
CLIENT_ID = "sandbox-app-client-id"
CLIENT_SECRET = "sandbox-app-client-secret-0123456789"  # noqa: S105 - of nobody
DEFAULT_ADDRESS = "http://localhost:8000/connect/bigcommerce"
CODE_SECONDS, PAYLOAD_SECONDS = 600, 86400
SCOPES = (
    "store_v2_default store_v2_products store_inventory store_v2_orders store_locations_read_only "
    "store_v2_transactions_read_only store_v2_customers_read_only store_v2_information_read_only "
    "store_payments_methods_read store_channel_settings_read_only"
)
OWNER: Json = {"id": 7654321, "email": "owner@nordhafen.example"}
STAFF: Json = {"id": 9876543, "email": "staff@nordhafen.example", "locale": "en-US"}


def address_of(shop: Shop) -> str:
    """Where the app's callbacks live; `app_url` of the store's settings says otherwise."""
    return str(shop.settings.get("app_url") or DEFAULT_ADDRESS).rstrip("/")


def set_address(shop: Shop, address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ApiError(422, "The app's address must be a web address.")
    shop.save_settings(app_url=address.rstrip("/"))


def callback(shop: Shop, step: str, **query: str) -> str:
    return f"{address_of(shop)}/{step}/?{urlencode(query)}"


def is_installed(shop: Shop) -> bool:
    return any(account.client_id == CLIENT_ID for account in shop.accounts())


# -- what the control panel opens


def install_url(shop: Shop) -> str:
    """The auth callback with a code that works once, within ten minutes."""
    code = secrets.token_hex(16)
    shop.put("app_code", {"id": shop.next_id("app_code"), "code": code, "created": shop.now})
    query = {
        "code": code,
        "scope": scopes_of(shop),
        "context": f"stores/{shop.hash}",
        "account_uuid": account_uuid(shop),
    }
    return callback(shop, "install", **query)


def signed_url(shop: Shop, step: str) -> str:
    return callback(shop, step, signed_payload_jwt=signed_payload(shop))


def signed_payload(shop: Shop) -> str:
    claims = {
        "aud": CLIENT_ID,
        "iss": "bc",
        "iat": shop.now,
        "nbf": shop.now - 5,
        "exp": shop.now + PAYLOAD_SECONDS,
        "jti": str(uuid.uuid4()),
        "sub": f"stores/{shop.hash}",
        "user": STAFF,
        "owner": OWNER,
        "url": "/",
        "channel_id": None,
    }
    return jwt.encode(claims, CLIENT_SECRET, algorithm="HS256")


def scopes_of(shop: Shop) -> str:
    return str(shop.settings.get("app_scopes") or SCOPES)


def account_uuid(shop: Shop) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, shop.hash))


# -- the code exchange


def exchange(shop: Shop, request: Request) -> Response:
    """JSON or a form, as the real one takes both. A new token replaces the app's earlier one."""
    sent: Json = request.get_json() if request.mimetype == "application/json" else request.form.to_dict()
    if not _same(sent, "client_id", CLIENT_ID) or not _same(sent, "client_secret", CLIENT_SECRET):
        return answer({"error": "invalid_client"}, 401)
    found = next((entry for entry in shop.all("app_code") if _same(sent, "code", entry["code"])), None)
    if found is not None:
        shop.remove("app_code", found["id"])
    fresh = found is not None and shop.now - found["created"] <= CODE_SECONDS
    redirect_is_right = _same(sent, "redirect_uri", f"{address_of(shop)}/install/")
    if not fresh or not redirect_is_right or sent.get("grant_type") != "authorization_code":
        return answer({"error": "invalid_grant"}, 400)
    account = {
        "token": f"app-{secrets.token_hex(12)}",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "scopes": scopes_of(shop).split(),
    }
    others = [one for one in shop.settings["accounts"] if one["client_id"] != CLIENT_ID]
    shop.save_settings(accounts=[*others, account])
    owner = {"id": OWNER["id"], "username": OWNER["email"], "email": OWNER["email"]}
    return answer(
        {
            "access_token": account["token"],
            "scope": scopes_of(shop),
            "user": {"id": STAFF["id"], "username": STAFF["email"], "email": STAFF["email"]},
            "owner": owner,
            "context": f"stores/{shop.hash}",
            "account_uuid": account_uuid(shop),
        }
    )


def _same(sent: Json, name: str, value: str) -> bool:
    return hmac.compare_digest(str(sent.get(name) or "").encode(), value.encode())


def context_of(request: Request) -> str:
    """Hash of the store that a token is asked for."""
    try:
        sent = request.get_json(silent=True) if request.mimetype == "application/json" else request.form
    except ValueError:
        return ""
    context = str((sent or {}).get("context") or "")
    return context.removeprefix("stores/") if context.startswith("stores/") else ""


# -- removing


def uninstall(shop: Shop) -> None:
    """The token dies and its hooks with it; the app is told by the server, whatever it answers."""
    if not is_installed(shop):
        raise ApiError(409, "The app is not installed.")
    shop.save_settings(accounts=[one for one in shop.settings["accounts"] if one["client_id"] != CLIENT_ID])
    for hook in shop.all("hook"):
        if hook["client_id"] == CLIENT_ID:
            shop.remove("hook", hook["id"])
    tell(shop, "uninstall")


def tell(shop: Shop, step: str) -> None:
    """Calls a callback once the change is committed, without waiting for it."""
    url = signed_url(shop, step)
    shop.db.after_commit(lambda: threading.Thread(target=_call, args=(url,), daemon=True).start())


def _call(url: str) -> None:
    try:
        requests.get(url, timeout=10)
    except requests.RequestException as error:
        logger.warning("The app does not answer: %s", type(error).__name__)
