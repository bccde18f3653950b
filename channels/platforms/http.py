"""The one HTTP client of all platform adapters: polite, patient, bounded, and silent about secrets."""

import html
import logging
import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

import requests
from django.utils.translation import gettext as _
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as SlowError

from channels.errors import (
    AddressRefused,
    AuthenticationFailed,
    CertificateRefused,
    InDoubt,
    MalformedResponse,
    RateLimited,
    Redirected,
    RemoteNotFound,
    RemoteRejected,
    StoreError,
    TemporarilyUnavailable,
    TryLater,
)
from channels.platforms.addresses import AddressGuard, GuardedAdapter
from channels.platforms.answers import decode, is_page
from channels.platforms.bodies import prepared
from channels.platforms.buckets import Quota, TokenBucket
from inventory_sync.lib.logs import redact

logger = logging.getLogger(__name__)

SAFE = frozenset({"GET", "HEAD", "PUT", "DELETE"})
"""Verbs that may be sent again: the second time changes nothing."""
TIMEOUT = (5.0, 30.0)
ATTEMPTS = 4
LONGEST_WAIT = 60.0
"""Longer waits become a job of later instead of a sleeping worker."""
LARGEST_ANSWER = 20 * 1024 * 1024
SLOWEST_ANSWER = 120.0
EXCERPT = 300
LONG_EXCERPT = 4000
"""Details may name many items."""
_LATER = frozenset({408, 423, 425, 429})
_NEVER = frozenset({501, 505, 507, 511})
"""Statuses above 500 that say nothing of a passing problem. Hosts and proxies have many of their own that do."""
_TAG = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class StoreWords:
    """What a store says about a failure: a sentence, and one per field where it names them.

    `code` is its word for programs, `resource` the remote id of what stands in the way.
    """

    message: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    code: str = ""
    resource: str = ""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long one call may take altogether. Web processes have little, jobs more.

    - `slow_attempts`: how often one is tried that does not answer in time; fewer where less can be asked for instead.
    - `slowest`: seconds from the beginning of an answer to its end.
    """

    attempts: int = ATTEMPTS
    slow_attempts: int = ATTEMPTS
    longest_wait: float = LONGEST_WAIT
    timeout: tuple[float, float] = TIMEOUT
    slowest: float = SLOWEST_ANSWER


IMPATIENT = Patience(attempts=1, longest_wait=1.0, timeout=(4.0, 5.0), slowest=10.0)
"""For calls that somebody waits for in a browser."""


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How a platform words failures and counts requests; each part has a plain default."""

    read_error: Callable[[Any], StoreWords] = lambda _body: StoreWords()
    read_quota: Callable[[Mapping[str, str]], Quota | None] = lambda _headers: None
    read_wait: Callable[[Mapping[str, str]], float | None] = lambda _headers: None
    """Seconds the store asks to wait after a refusal for too many requests."""
    missing_permission: Callable[[str, str], str] = lambda _method, _path: ""
    """Name of the permission that a call (method, path) needs."""
    refused_words: Callable[[int, StoreWords], str] = lambda _status, _words: ""
    """Our sentence for a refused sign-in (401) or call (403); "" for the usual one."""
    is_missing: Callable[[StoreWords], bool] = lambda _words: True
    """Whether a 404 says that the thing is gone, and not that the API is."""
    too_slow: frozenset[int] = frozenset()
    """Statuses by which what stands in front says that the store did not answer it in time."""
    always_json: bool = False
    """Pages for people come from something in front of the API, never from it: they say nothing about the thing."""
    patient: Patience = Patience()
    impatient: Patience = IMPATIENT


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A parsed body (None for none) and the headers that came with it; names of headers in any case."""

    body: Any
    headers: Mapping[str, str]


def excerpt(text: str, length: int = EXCERPT) -> str:
    """A store's words without mark-up, on one line, short."""
    plain = " ".join(html.unescape(_TAG.sub(" ", text)).replace("\x00", "").split())
    return plain if len(plain) <= length else f"{plain[: length - 1]}…"


class StoreHttp:
    """Talks JSON with one store. Answers are parsed bodies; numbers with a fraction are Decimal.

    - `auth` signs every request that leaves, also repeated ones.
    - `before_call` runs before every request that leaves, also before repeated ones (the lease must be ours each time).
    - `plain_allowed`: the requests carry nothing that a listener could use, so a public store may be called without
      TLS. Private addresses stay refused.
    """

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str],
        guard: AddressGuard,
        bucket: TokenBucket,
        dialect: Dialect | None = None,
        secrets: tuple[str, ...] = (),
        auth: AuthBase | None = None,
        plain_allowed: bool = False,
        before_call: Callable[[], None] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._guard = guard
        self._bucket = bucket
        self._dialect = dialect or Dialect()
        self._secrets = tuple(secret for secret in secrets if len(secret) >= 4)
        self._before_call = before_call
        self._sleep = sleep
        self._plain_allowed = plain_allowed
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update(headers)
        self._session.auth = auth
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, GuardedAdapter(guard, pool_maxsize=4))
        self.patience = self._dialect.patient

    def hurry(self) -> None:
        """Somebody waits in a browser from now on."""
        self.patience = self._dialect.impatient

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.base_url}>"

    def request(self, method: str, path: str, *, params: Mapping[str, Any] | None = None, body: Any = None) -> Any:
        """Parsed body, or None for 204. Raises the errors of channels.errors, named by what to do next."""
        return self.answer(method, path, params=params, body=body).body

    def answer(self, method: str, path: str, *, params: Mapping[str, Any] | None = None, body: Any = None) -> Answer:
        """As `request`, with the headers."""
        attempts = self.patience.attempts if method in SAFE else 1
        for attempt in range(1, attempts + 1):
            try:
                return self._once(method, path, params, body)
            except CertificateRefused:
                raise  # it will not be another one in a few seconds
            except (RateLimited, TemporarilyUnavailable) as error:
                wait = error.retry_after if error.retry_after is not None else self._backoff(attempt)
                is_doubtful = isinstance(error, InDoubt) and method not in {"GET", "HEAD"}
                is_slow = isinstance(error, InDoubt) and attempt >= self.patience.slow_attempts
                if is_doubtful or is_slow or attempt == attempts or wait > self.patience.longest_wait:
                    raise  # the caller must know of a write that may still be applied
                self._sleep(wait)
        raise AssertionError("unreachable")

    @staticmethod
    def _backoff(attempt: int) -> float:
        return min(30.0, 0.5 * 2.0 ** (attempt - 1)) + random.uniform(0, 0.3)  # noqa: S311 - jitter

    def _once(self, method: str, path: str, params: Mapping[str, Any] | None, body: Any) -> Answer:
        self._wait_for_turn()
        if self._before_call is not None:
            self._before_call()
        url = f"{self.base_url}{path}"
        self._check_scheme(url)
        started = time.monotonic()
        try:
            with self._send(method, url, params, body) as response:
                text = self._read(response)
        except (requests.ReadTimeout, SlowError) as error:  # causes are dropped: they show addresses with keys
            raise InDoubt(_("The store did not answer in time."), detail=self._hide(str(error))) from None
        except requests.Timeout as error:
            words = _("The store did not answer in time.")
            raise TemporarilyUnavailable(words, detail=self._hide(str(error))) from None
        except requests.RequestException as error:
            raise self._unreachable(error) from None
        except HTTPError as error:
            raise TemporarilyUnavailable(_("The store's answer broke off."), detail=self._hide(str(error))) from None
        took = (time.monotonic() - started) * 1000
        logger.debug("%s %s answered %s in %.0f ms", method, path, response.status_code, took)
        self._learn(response.headers)
        return Answer(body=self._judge(method, path, response, text), headers=response.headers)

    def _unreachable(self, error: requests.RequestException) -> TemporarilyUnavailable:
        detail = self._hide(str(error))
        if isinstance(error, requests.exceptions.SSLError) and "certificate" in detail.casefold():
            return CertificateRefused(
                _("The certificate of the store's web server is not valid, so nothing was sent."), detail=detail
            )
        return TemporarilyUnavailable(_("The store cannot be reached."), detail=detail)

    def _wait_for_turn(self) -> None:
        while (wait := self._bucket.take()) > 0:
            if wait > self.patience.longest_wait:
                raise RateLimited(_("The store's request quota is used up."), retry_after=wait)
            self._sleep(wait)

    def _check_scheme(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme == "https" and parts.hostname:
            return
        if parts.scheme != "http" or not parts.hostname:
            raise AddressRefused(_("The address of the store is not a web address."), detail=self._hide(url))
        if self._plain_allowed:
            return  # private addresses are refused when connecting
        try:
            self._guard.check_plain(parts.hostname, parts.port or 80)
        except OSError as error:
            raise TemporarilyUnavailable(_("The store cannot be reached."), detail=str(error)) from error

    def _send(self, method: str, url: str, params: Mapping[str, Any] | None, body: Any) -> requests.Response:
        """Follows redirects of reading requests within the same host only."""
        data, kind = (None, "") if body is None else prepared(body)
        headers = {"Content-Type": kind} if kind else {}
        for _hop in range(4):
            response = self._session.request(
                method,
                url,
                params=params,
                data=data,
                headers=headers,
                timeout=self.patience.timeout,
                allow_redirects=False,
                stream=True,
            )
            target = urljoin(response.url or url, response.headers.get("Location", ""))
            if not response.is_redirect or method != "GET" or _origin(target) != _origin(url):
                return response
            response.close()
            url, params = target, None
        raise MalformedResponse(_("The store redirects in circles."), detail=self._hide(url))

    def _read(self, response: requests.Response) -> bytes:
        """Piece by piece as they arrive, so that one that trickles in is given up on."""
        started, size, parts = time.monotonic(), 0, []
        while piece := response.raw.read1(65536, decode_content=True):
            size += len(piece)
            if size > LARGEST_ANSWER:
                raise MalformedResponse(
                    _("The store's answer is too large."), detail=f"more than {LARGEST_ANSWER} bytes"
                )
            if time.monotonic() - started > self.patience.slowest:
                raise InDoubt(_("The store did not answer in time."), detail="the answer trickled in")
            parts.append(piece)
        return b"".join(parts)

    def _learn(self, headers: Mapping[str, str]) -> None:
        quota = self._dialect.read_quota(headers)
        if quota is not None:
            self._bucket.learn(quota)

    def _judge(self, method: str, path: str, response: requests.Response, raw: bytes) -> Any:
        status = response.status_code
        if status == 204:
            return None
        if 200 <= status < 300:
            if not raw.strip() and method != "GET":
                return None
            return self._parse(response, raw)
        if 300 <= status < 400:
            raise self._redirected(response)
        raise self._failure(method, path, response, raw)

    def _redirected(self, response: requests.Response) -> Redirected:
        """Without query and fragment, which may repeat what signed the request."""
        target = urljoin(response.url or self.base_url, response.headers.get("Location", ""))
        parts = urlsplit(target)
        plain = self._hide(urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", "")))
        return Redirected(
            _("The store sends our request to another address."),
            detail=excerpt(f"HTTP {response.status_code}: {plain}"),
            target=plain,
        )

    def _parse(self, response: requests.Response, raw: bytes) -> Any:
        try:
            return decode(raw)
        except (ValueError, RecursionError) as error:
            raise self._unreadable(response, raw) from error

    def _unreadable(self, response: requests.Response, raw: bytes) -> MalformedResponse:
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip() or "-"
        words = excerpt(raw.decode("utf-8", "replace")) or "-"
        message = _("The store answered something we cannot read.")
        if is_page(raw):
            message = _(
                "The store answered with an HTML page instead of data. A firewall, a security plugin or a maintenance "
                "page may stand in front of it."
            )
        return MalformedResponse(message, detail=self._hide(f"HTTP {response.status_code}, {kind}: {words}"))

    def _failure(self, method: str, path: str, response: requests.Response, raw: bytes) -> StoreError:
        status = response.status_code
        words = self._words(raw)
        is_passing = status in _LATER or (status >= 500 and status not in _NEVER)
        if self._dialect.always_json and words is None and not is_passing:
            return self._unreadable(response, raw)
        words = words or StoreWords(message=excerpt(raw.decode("utf-8", "replace")))
        detail = self._hide(f"HTTP {status}: {words.message}" if words.message else f"HTTP {status}")
        if is_passing:
            return self._passing(response, detail)
        refused = self._hide(self._dialect.refused_words(status, words))
        if refused:
            return AuthenticationFailed(refused, detail=detail)
        if status == 401:
            return AuthenticationFailed(_("The store refuses the credentials."), detail=detail)
        if status == 403:
            permission = self._dialect.missing_permission(method, path)
            message = _("The store refuses this call. The credentials may lack a permission: %(permission)s.")
            return AuthenticationFailed(message % {"permission": permission or path}, detail=detail)
        if status in (404, 410) and not self._dialect.is_missing(words):
            return MalformedResponse(
                _("The store's API is not there. It may have been switched off or moved."), detail=detail
            )
        if status in (404, 410):
            return RemoteNotFound(_("The store has no such thing (any more)."), detail=detail)
        return self._rejected(status, words, detail)

    def _passing(self, response: requests.Response, detail: str) -> TryLater:
        if response.status_code == 429:
            wait = self._dialect.read_wait(response.headers)
            if wait is not None:
                self._bucket.pause(wait)
            return RateLimited(_("The store asks us to slow down."), detail=detail, retry_after=wait)
        if response.status_code in self._dialect.too_slow:
            return InDoubt(_("The store did not answer in time."), detail=detail)
        return TemporarilyUnavailable(_("The store has a problem at the moment."), detail=detail)

    def _rejected(self, status: int, words: StoreWords, detail: str) -> RemoteRejected:
        said = self._hide(excerpt(words.message)) or f"HTTP {status}"
        return RemoteRejected(
            _("The store refused: %(words)s") % {"words": said},
            detail=detail,
            fields={name: self._hide(text) for name, text in words.fields.items()},
            code=words.code,
            resource=words.resource,
        )

    def _words(self, raw: bytes) -> StoreWords | None:
        """None for an answer that is no JSON."""
        try:
            found = self._dialect.read_error(decode(raw))
        except (ValueError, RecursionError):
            return None
        fields = {excerpt(name): excerpt(text) for name, text in found.fields.items()}
        return replace(found, message=excerpt(found.message, LONG_EXCERPT), fields=fields)

    def _hide(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "[hidden]")
        return redact(text)


def unreadable(detail: str) -> MalformedResponse:
    """The error for an answer that is JSON but not what was promised."""
    return MalformedResponse(_("The store answered something we cannot read."), detail=excerpt(detail))


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").casefold(), parts.port
