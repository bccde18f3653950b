"""Finding the way to a store whose address was typed: the REST API's address, whether it is WooCommerce, the signing.

People paste the shop page, the back end, an address without scheme or with `index.php`; sites redirect, lie in
sub-folders, have firewalls in front. WordPress names its REST API on every page (Link header and link element with
the relation `https://api.w.org/`); where it does not, the usual places are tried.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.utils.translation import gettext as _

from channels.errors import (
    CertificateRefused,
    MalformedResponse,
    RemoteRejected,
    StoreError,
    TemporarilyUnavailable,
    UnsupportedFeature,
)
from channels.platforms.addresses import AddressGuard
from channels.platforms.woocommerce.keys import KEY, find_signing
from channels.platforms.woocommerce.looking import Answer, Look
from channels.platforms.woocommerce.mapping.values import an_object
from channels.platforms.woocommerce.signing import sign_in
from channels.platforms.woocommerce.sites import home_of_index, identity_of, netloc_of
from channels.platforms.woocommerce.store import USER_AGENT
from channels.ports import Connection

ADDRESS = "address"
"""Name of the form's field."""
SCHEME_GUESSED = "scheme_guessed"
"""Option of a connection from the form: nobody typed https://."""
REST = "/wp-json"
INDEX_FIELDS = "?_fields=name,url,home,namespaces"
STATUS = "/wc/v3/system_status?_fields="
STATUS_FIELDS = ("environment.home_url,environment.site_url", "environment")
"""For its whole environment WooCommerce calls servers on the internet first; WordPress before 5.3 knows no parts."""
_RELATION = re.compile(r"<([^>]+)>\s*;[^,]*rel=\"?https://api\.w\.org/", re.IGNORECASE)
_ELEMENT = re.compile(r"<link\b[^>]*https://api\.w\.org/[^>]*>", re.IGNORECASE)
_HREF = re.compile(r"href\s*=\s*[\"']([^\"']+)", re.IGNORECASE)
_WORDPRESS = re.compile(r"wp-content/|wp-includes/|name=[\"']generator[\"'] content=[\"']WordPress", re.IGNORECASE)


def find(connection: Connection) -> Connection:
    """The connection with the API's address, the store's identity and, where keys are there, how requests are signed.

    Half a minute at most. Raises RemoteRejected at the field, UnsupportedFeature, AddressRefused, CertificateRefused,
    TemporarilyUnavailable, MalformedResponse.
    """
    look = Look(AddressGuard(connection.private_addresses), user_agent=USER_AGENT)
    site = _look_for(connection, look)
    if site.index is None:
        return _behind_closed_index(connection, look, site.api_url)
    home = home_of_index(site.index, site.api_url)
    _check_version(site.index)
    found = replace(connection, identity=identity_of(home), api_url=site.api_url, options={})
    if not connection.secrets.get(KEY):
        return found
    return replace(found, options=find_signing(look, api_url=site.api_url, home=home, secrets=connection.secrets))


def _behind_closed_index(connection: Connection, look: Look, api_url: str) -> Connection:
    """Security plugins show visitors nothing of the REST API; whoever signs is let in, and told who the store is."""
    options = find_signing(look, api_url=api_url, home=api_url, secrets=connection.secrets)
    for fields in STATUS_FIELDS:
        answer = look.signed("GET", f"{api_url}{STATUS}{fields}", auth=sign_in(options, connection.secrets))
        environment = an_object(answer.body if isinstance(answer.body, dict) else {}, "environment")
        home = home_of_index({"home": environment.get("home_url"), "url": environment.get("site_url")}, "")
        if home:
            return replace(connection, identity=identity_of(home), api_url=api_url, options=options)
    raise MalformedResponse(_("The store does not say what its address is."))


@dataclass(frozen=True, kw_only=True)
class Site:
    """`api_url`: what `/wc/v3` is appended to; `index`: WordPress's own words about the site, None for keys only."""

    api_url: str
    index: Mapping[str, Any] | None


def _look_for(connection: Connection, look: Look) -> Site:
    """By https first; by http where nobody typed a scheme and nothing answers https."""
    typed, has_keys = connection.api_url, bool(connection.secrets.get(KEY))
    if connection.options.get(SCHEME_GUESSED) != "yes":
        return _Search(look, typed, has_keys=has_keys).run()
    try:
        return _Search(look, typed, has_keys=has_keys).run()
    except CertificateRefused:
        raise
    except TemporarilyUnavailable as error:
        try:
            return _Search(look, re.sub(r"^https:", "http:", typed), has_keys=has_keys).run()
        except TemporarilyUnavailable:
            raise error from None


@dataclass
class _Search:
    """Of one typed address. `seen`: what was answered on the way, for the words when nothing is found."""

    look: Look
    typed: str
    has_keys: bool = False
    seen: list[Answer] = field(default_factory=list)

    def run(self) -> Site:
        for url in self._candidates():
            answer = self.look.get(url)
            self.seen.append(answer)
            if _is_index(answer.body):
                return _site(answer)
            if self._is_closed(answer) and self.has_keys:
                return replace(_site(answer), index=None)
            if self._is_closed(answer):
                raise _closed(answer)
        raise self._nothing()

    def _candidates(self) -> Iterator[str]:
        """Where the API may be, the likely places first; each is tried before the next is thought of."""
        typed = self.typed.removesuffix(REST)
        yield f"{typed}{REST}/{INDEX_FIELDS}"
        yield from self._named(f"{typed}/")
        root = "{0.scheme}://{0.netloc}".format(urlsplit(typed))
        if root != typed:
            yield f"{root}{REST}/{INDEX_FIELDS}"
        yield f"{typed}/index.php{REST}/{INDEX_FIELDS}"
        yield f"{typed}/?rest_route=/"

    def _named(self, page: str) -> Iterator[str]:
        """What WordPress itself names, on the page just answered or on the site's own."""
        address = _api_named_by(self.seen[-1])
        if not address:
            self.seen.append(self.look.get(page))
            address = _api_named_by(self.seen[-1])
        if "rest_route=" in address:
            yield address
        elif address:
            yield f"{address.rstrip('/')}/{INDEX_FIELDS}"

    @staticmethod
    def _is_closed(answer: Answer) -> bool:
        """WordPress answers, but lets nobody see its API."""
        return answer.status in {401, 403} and bool(answer.code)

    def _nothing(self) -> StoreError:
        first, *_rest = self.seen
        if any(answer.status == 401 and "WWW-Authenticate" in answer.headers for answer in self.seen):
            text = _(
                "The web server asks for a user name and password before anybody reaches the store. Open the site to "
                "us, or switch the password off."
            )
            return RemoteRejected(text, detail=first.detail, fields={ADDRESS: text})
        if any(answer.status >= 500 for answer in self.seen):
            broken = next(answer for answer in self.seen if answer.status >= 500)
            return TemporarilyUnavailable(
                _("The site has a problem at the moment (HTTP %(status)s).") % {"status": broken.status},
                detail=broken.detail,
            )
        if first.status in {403, 406, 418, 429}:
            return MalformedResponse(
                _(
                    "Something in front of the store answers instead of it (HTTP %(status)s): a firewall, a security "
                    "plugin or a protection against robots. Allow our server there."
                )
                % {"status": first.status},
                detail=first.detail,
            )
        if any(_WORDPRESS.search(answer.text) for answer in self.seen):
            text = _(
                "This is a WordPress site, but its REST API does not answer. A security plugin may have switched it "
                "off, or a maintenance or log-in page stands in front of it."
            )
        else:
            text = _("There is no WordPress site at this address. Enter the address of the shop's home page.")
        return RemoteRejected(text, detail=first.detail, fields={ADDRESS: text})


def _is_index(body: Any) -> bool:
    """PHP writes a list with gaps, as plugins leave them, as an object."""
    return isinstance(body, dict) and isinstance(body.get("namespaces"), (list, dict))


def _api_named_by(answer: Answer) -> str:
    """Address of the REST API as the answer names it; "" where it does not."""
    found = _RELATION.search(answer.headers.get("Link", ""))
    if found:
        return str(urljoin(answer.url, found[1]))
    element = _ELEMENT.search(answer.text)
    href = _HREF.search(element[0]) if element else None
    return str(urljoin(answer.url, unescape(href[1]))) if href else ""


def _site(answer: Answer) -> Site:
    """Raises RemoteRejected for plain permalinks: WooCommerce takes no keys there (seen on 6.9.4 and 10.0.2)."""
    parts = urlsplit(answer.url)
    if "rest_route=" in parts.query:
        text = _(
            "The site has plain permalinks, and WooCommerce takes no keys there. In WordPress, choose any other "
            "structure under Settings → Permalinks, save it, then connect."
        )
        raise RemoteRejected(text, fields={ADDRESS: text})
    return Site(api_url=f"{parts.scheme}://{netloc_of(parts)}{parts.path.rstrip('/')}", index=answer.body)


def _closed(answer: Answer) -> RemoteRejected:
    text = _(
        "The site's REST API is closed to visitors. A security plugin may do that. Connect by API keys, or open it "
        "there. It says: %(words)s"
    ) % {"words": answer.words or answer.code}
    return RemoteRejected(text, detail=answer.detail, fields={ADDRESS: text})


def _check_version(index: Mapping[str, Any]) -> None:
    """CON-11. `wc/v3` came with WooCommerce 3.5."""
    found = index["namespaces"]
    names = {str(name) for name in (found.values() if isinstance(found, dict) else found)}
    if "wc/v3" in names:
        return
    if names & {"wc/v1", "wc/v2"}:
        raise UnsupportedFeature(
            _("The store's WooCommerce is too old: 3.5 or newer is needed. Update it in WordPress under Plugins.")
        )
    raise UnsupportedFeature(
        _("This is a WordPress site without WooCommerce. Install and activate it in WordPress under Plugins.")
    )
