"""How a request to a WooCommerce store is signed in: by one of three ways, whichever the store's server lets through.

- `basic`: key and secret as user and password; HTTPS only.
- `query`: key and secret in the address; HTTPS only, for servers that strip the Authorization header.
- `oauth`: OAuth 1.0a without a token, HMAC-SHA256, in the address; the secret never leaves, so it works without TLS.
"""

from collections.abc import Mapping
from typing import Literal, cast
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from oauthlib.oauth1 import SIGNATURE_HMAC_SHA256, SIGNATURE_TYPE_QUERY
from oauthlib.oauth1 import Client as OAuthClient
from requests import PreparedRequest
from requests.auth import AuthBase, HTTPBasicAuth

BASIC, QUERY, OAUTH = "basic", "query", "oauth"
API_PART = "/wp-json"
"""WooCommerce takes keys only in addresses with this part."""
_OURS = ("oauth_", "consumer_key", "consumer_secret")


def sign_in(options: Mapping[str, str], secrets: Mapping[str, str]) -> AuthBase:
    """Signs requests by `options["auth"]`. The same object may sign many requests, also repeated and redirected ones.

    `options["signed_base"]` is the address that WordPress believes it has, where that is not the one we call.
    """
    key, secret = secrets.get("consumer_key", ""), secrets.get("consumer_secret", "")
    way = options.get("auth") or BASIC
    if way == OAUTH:
        return OAuthInQuery(key, secret, signed_base=options.get("signed_base", ""))
    return KeysInQuery(key, secret) if way == QUERY else HTTPBasicAuth(key, secret)


def works_without_tls(options: Mapping[str, str]) -> bool:
    """Whether requests signed so give nothing away to a listener."""
    return options.get("auth") == OAUTH


class KeysInQuery(AuthBase):
    def __init__(self, key: str, secret: str) -> None:
        self._keys = {"consumer_key": key, "consumer_secret": secret}

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        parts = urlsplit(_unsigned(request.url or ""))
        keys = urlencode(self._keys)
        query = f"{parts.query}&{keys}" if parts.query else keys
        request.url = urlunsplit(parts._replace(query=query))
        return request


class OAuthInQuery(AuthBase):
    """The body is no part of the signature: WooCommerce signs method, address and parameters."""

    def __init__(self, key: str, secret: str, *, signed_base: str = "") -> None:
        self._client = OAuthClient(
            key,
            client_secret=secret,
            signature_method=SIGNATURE_HMAC_SHA256,
            signature_type=SIGNATURE_TYPE_QUERY,
        )
        self._signed_base = signed_base.rstrip("/")

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        url = _unsigned(request.url or "")
        method = cast("Literal['GET', 'POST', 'PUT', 'DELETE']", request.method or "GET")
        signed, _headers, _body = self._client.sign(self._believed(url), http_method=method)
        request.url = urlunsplit(urlsplit(url)._replace(query=urlsplit(signed).query))
        return request

    def _believed(self, url: str) -> str:
        """The address as WordPress puts it together. Its base may name a host only, or a path up to the API."""
        if not self._signed_base:
            return url
        ours, theirs = urlsplit(url), urlsplit(self._signed_base)
        path = ours.path
        if theirs.path:
            path = theirs.path.removesuffix(API_PART) + API_PART + path.partition(API_PART)[2]
        return urlunsplit((theirs.scheme, theirs.netloc, path, ours.query, ""))


def _unsigned(url: str) -> str:
    """Without the signature of an earlier attempt, which a redirect may carry along."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in query if not name.startswith(_OURS)]
    return url if len(kept) == len(query) else urlunsplit(parts._replace(query=urlencode(kept)))
