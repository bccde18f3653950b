"""Looking at a web site that may or may not be a store: whatever comes back is an answer, within half a minute.

The store's own client (`channels.platforms.http`) is for stores that are known to be one; here a page of HTML, a log-in
or a redirect is what we want to know about.
"""

import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import requests
from django.utils.translation import gettext as _
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as SlowError

from channels.errors import AddressRefused, CertificateRefused, MalformedResponse, TemporarilyUnavailable
from channels.platforms.addresses import AddressGuard, GuardedAdapter
from channels.platforms.answers import decode
from channels.platforms.http import excerpt
from inventory_sync.lib.logs import redact

SECONDS = 30.0
"""For everything together: somebody waits, but small hosts take 8 seconds for a single answer."""
PER_CALL = 12.0
TO_CONNECT = 5.0
HOPS = 3
LARGEST = 2 * 1024 * 1024
_MOVED = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What an address answered, after redirects. `body` is None for what is no JSON."""

    url: str
    status: int
    headers: requests.structures.CaseInsensitiveDict[str]
    raw: bytes = field(repr=False)
    body: Any = field(repr=False)

    @property
    def text(self) -> str:
        return self.raw.decode("utf-8", "replace")

    @property
    def detail(self) -> str:
        """For support: status, kind and beginning, in one line."""
        kind = self.headers.get("Content-Type", "").partition(";")[0].strip() or "-"
        return redact(excerpt(f"HTTP {self.status}, {kind}: {excerpt(self.text)}"))

    @property
    def code(self) -> str:
        """The store's word for what is wrong, for programs."""
        return str(self.body.get("code") or "") if isinstance(self.body, dict) else ""

    @property
    def words(self) -> str:
        """The store's sentence for what is wrong."""
        return excerpt(str(self.body.get("message") or "")) if isinstance(self.body, dict) else ""


class Look:
    """Calls that share one time budget and one guard. Redirects are followed where nothing is signed."""

    def __init__(self, guard: AddressGuard, *, user_agent: str, seconds: float = SECONDS) -> None:
        self._ends = time.monotonic() + seconds
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update({"Accept": "application/json, text/html;q=0.5", "User-Agent": user_agent})
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, GuardedAdapter(guard))

    def get(self, url: str) -> Answer:
        """Follows up to three redirects. Raises AddressRefused, TemporarilyUnavailable, MalformedResponse."""
        for _hop in range(HOPS + 1):
            answer = self._once("GET", url, auth=None, body=None)
            target = urldefrag(urljoin(url, answer.headers.get("Location", ""))).url
            if answer.status not in _MOVED or target == url:
                return answer
            if urlsplit(target).scheme not in {"http", "https"}:
                raise AddressRefused(_("The store sends us to an address that is no web address."), detail=target[:200])
            url = target
        raise MalformedResponse(_("The site sends us from one address to the next, in circles."), detail=url[:200])

    def signed(self, method: str, url: str, *, auth: AuthBase, body: bytes | None = None) -> Answer:
        """One signed call; a redirect is an answer as well."""
        return self._once(method, url, auth=auth, body=body)

    def _once(self, method: str, url: str, *, auth: AuthBase | None, body: bytes | None) -> Answer:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TemporarilyUnavailable(_("The store did not answer in time."))
        limit = min(PER_CALL, left)
        headers = {} if body is None else {"Content-Type": "application/json"}
        try:
            with self._session.request(
                method,
                url,
                data=body,
                auth=auth,
                headers=headers,
                timeout=(min(TO_CONNECT, limit), limit),
                allow_redirects=False,
                stream=True,
            ) as response:
                raw = self._read(response)
        except (requests.Timeout, SlowError):  # causes are dropped: they show addresses with keys
            raise TemporarilyUnavailable(_("The store did not answer in time."), detail=_host(url)) from None
        except requests.exceptions.SSLError as error:
            raise _certificate(url, error) from None
        except (requests.RequestException, UnicodeError) as error:
            raise TemporarilyUnavailable(
                _("No web server answers at %(host)s. Check the address.") % {"host": _host(url)},
                detail=type(error).__name__,
            ) from None
        except HTTPError as error:
            raise TemporarilyUnavailable(
                _("The answer of %(host)s broke off.") % {"host": _host(url)}, detail=type(error).__name__
            ) from None
        return Answer(url=url, status=response.status_code, headers=response.headers, raw=raw, body=_json(raw))

    def _read(self, response: requests.Response) -> bytes:
        """Piece by piece as they arrive. The beginning of an answer that is too long is enough to tell what it is."""
        raw = b""
        while len(raw) <= LARGEST and (piece := response.raw.read1(65536, decode_content=True)):
            raw += piece
            if time.monotonic() > self._ends:
                raise TemporarilyUnavailable(_("The store did not answer in time."), detail="the answer trickled in")
        return raw


def _certificate(url: str, error: requests.exceptions.SSLError) -> TemporarilyUnavailable:
    """Words name the host and what is wrong with its certificate, as the TLS library says it."""
    reason = str(error)
    if "certificate" not in reason.casefold():
        return TemporarilyUnavailable(
            _("%(host)s does not speak https. If the store works without it, type http:// in front.")
            % {"host": _host(url)},
            detail=redact(excerpt(reason)),
        )
    words = _(
        "The certificate of %(host)s is not valid, so nothing was sent. Have it renewed, or check the address of the "
        "store: a browser would warn of it too."
    )
    return CertificateRefused(words % {"host": _host(url)}, detail=redact(excerpt(reason)))


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _json(raw: bytes) -> Any:
    try:
        return decode(raw)
    except (ValueError, RecursionError):
        return None
