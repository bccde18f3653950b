"""Who sends a request: Basic or query string over TLS, OAuth 1.0a everywhere; exactly as picky as the plugin."""

import base64
import binascii
import hashlib
import hmac
import re
import threading
from urllib.parse import quote, unquote

from werkzeug.wrappers import Request

from sandbox.woocommerce.sites import Key, Site
from sandbox.woocommerce.wire import ApiError

WINDOW_SECONDS = 15 * 60
OAUTH = ("oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature", "oauth_signature_method")
METHODS = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}
READING = frozenset({"HEAD", "GET", "OPTIONS"})


class Nonces:
    """Which nonces of a key were seen within the window."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str], dict[str, int]] = {}

    def take(self, store: str, key: str, nonce: str, now: int) -> bool:
        """False when the nonce was used before."""
        with self._lock:
            seen = self._seen.setdefault((store, key), {})
            for old in [one for one, at in seen.items() if at < now - WINDOW_SECONDS]:
                del seen[old]
            if nonce in seen:
                return False
            seen[nonce] = now
            return True

    def clear(self) -> None:
        with self._lock:
            self._seen.clear()


def refusal(message: str) -> ApiError:
    return ApiError(401, "woocommerce_rest_authentication_error", message)


def identify(site: Site, request: Request, nonces: Nonces, *, secure: bool, method: str) -> Key | None:
    """The key that sent it, None for nobody; raises for a key that is wrong or may not do this."""
    key = _over_tls(site, request) if secure else None
    if key is None:
        key = _signed(site, request, nonces)
    if key is not None:
        check_permission(key, method)
    return key


def check_permission(key: Key, method: str) -> None:
    if method in READING:
        if key.permissions not in ("read", "read_write") and method != "OPTIONS":
            raise refusal("The API key provided does not have read permissions.")
    elif key.permissions not in ("write", "read_write"):
        raise refusal("The API key provided does not have write permissions.")


def _find(site: Site, consumer_key: str) -> Key | None:
    return next((key for key in site.api_keys() if key.consumer_key == consumer_key), None)


def _over_tls(site: Site, request: Request) -> Key | None:
    """The query string wins over the header; an unknown key is nobody, a wrong secret is an error."""
    name, secret = request.args.get("consumer_key", ""), request.args.get("consumer_secret", "")
    if not (name and secret) and not site.settings["strip_authorization"]:
        name, secret = _basic(request.headers.get("Authorization", ""))
    key = _find(site, name) if name and secret else None
    if key is not None and not hmac.compare_digest(key.consumer_secret, secret):
        raise refusal("Consumer secret is invalid.")
    return key


def _basic(header: str) -> tuple[str, str]:
    if not header.lower().startswith("basic "):
        return "", ""
    try:
        name, _, secret = base64.b64decode(header[6:]).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret


def _oauth_parameters(site: Site, request: Request) -> dict[str, str]:
    found = {name: request.args[name] for name in OAUTH if name in request.args}
    header = "" if site.settings["strip_authorization"] else request.headers.get("Authorization", "")
    if not found and header[:6].lower() == "oauth ":
        pairs = re.findall(r'(oauth_[a-z_]+)="([^"]*)"', header)
        found = {name: unquote(value) for name, value in pairs}
    return found


def _signed(site: Site, request: Request, nonces: Nonces) -> Key | None:
    given = _oauth_parameters(site, request)
    if "oauth_consumer_key" not in given:
        return None
    if missing := [name for name in OAUTH if not given.get(name)]:
        kind = "Missing OAuth parameters" if len(missing) > 1 else "Missing OAuth parameter"
        raise refusal(f"{kind} {', '.join(missing)}")
    key = _find(site, given["oauth_consumer_key"])
    if key is None:
        raise refusal("Consumer key is invalid.")
    _check_signature(site, request, key, given)
    now = site.now
    stamp = int(given["oauth_timestamp"]) if given["oauth_timestamp"].isdigit() else 0
    if abs(now - stamp) > WINDOW_SECONDS:
        raise refusal("Invalid timestamp.")
    if not nonces.take(site.name, key.consumer_key, given["oauth_nonce"], stamp):
        raise refusal("Invalid nonce - nonce has already been used.")
    return key


def _check_signature(site: Site, request: Request, key: Key, given: dict[str, str]) -> None:
    digest = METHODS.get(given["oauth_signature_method"])
    if digest is None:
        raise refusal("Invalid signature - signature method is invalid.")
    parameters = {name: value for name, value in request.args.items() if name != "oauth_signature"}
    parameters |= {name: value for name, value in given.items() if name not in ("oauth_signature", "oauth_token")}
    url = site.url + request.path.removeprefix(f"/woo/{site.name}")
    text = base_string(request.method, url, parameters)
    expected = base64.b64encode(hmac.new(f"{key.consumer_secret}&".encode(), text.encode(), digest).digest()).decode()
    if not hmac.compare_digest(expected, given["oauth_signature"]):
        raise refusal("Invalid signature - provided signature does not match.")


def base_string(method: str, url: str, parameters: dict[str, str]) -> str:
    pairs = sorted((_encoded(name), _encoded(value)) for name, value in parameters.items())
    query = "&".join(f"{name}={value}" for name, value in pairs)
    return f"{method.upper()}&{_encoded(url)}&{_encoded(query)}"


def _encoded(text: str) -> str:
    return quote(text, safe="-._~")
