"""Whether a store takes our keys, and how they have to travel (CON-13).

Seen on 6.9.4 and 10.0.2: over http a store takes signatures only; some web servers strip the Authorization header, so
that keys have to stand in the address; behind a proxy that ends TLS and does not say so, WordPress believes it is
called by http and takes signatures only, over that address. An unknown key is answered like none at all (401
`woocommerce_rest_cannot_view`), a known key with another secret by `woocommerce_rest_authentication_error`, a user
without rights by 403.
"""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from channels.errors import MalformedResponse, RemoteRejected, StoreError, TemporarilyUnavailable
from channels.platforms.woocommerce.looking import Answer, Look
from channels.platforms.woocommerce.signing import BASIC, OAUTH, QUERY, sign_in
from channels.platforms.woocommerce.sites import netloc_of

KEY, SECRET = "consumer_key", "consumer_secret"
READ_PROBE = "/wc/v3/webhooks?per_page=1&_fields=id"
"""Needs the same rights as everything that we do, and answers quickly."""
WRITE_PROBE = "/wc/v3/products/batch"
"""An empty batch writes nothing; what a key may do is checked before that."""
_WRONG = "woocommerce_rest_authentication_error"


def find_signing(look: Look, *, api_url: str, home: str, secrets: Mapping[str, str]) -> dict[str, str]:
    """Options of `channels.platforms.woocommerce.signing` that the store takes.

    Raises RemoteRejected at the field, MalformedResponse, TemporarilyUnavailable.
    """
    refusals: list[Answer] = []
    for options in _ways(api_url, home):
        answer = look.signed("GET", f"{api_url}{READ_PROBE}", auth=sign_in(options, secrets))
        if answer.status == 200 and isinstance(answer.body, list):
            _check_writing(look, api_url, options, secrets)
            return options
        if answer.status != 401 and not _is_for_visitors(answer):
            raise _failure(answer)
        if answer.code == _WRONG and options["auth"] != OAUTH:
            raise _refused_pair(answer)  # the keys arrived, so it is not the way they travel
        refusals.append(answer)
    raise _refused(refusals)


def _is_for_visitors(answer: Answer) -> bool:
    """A security plugin saw nobody signed in: WooCommerce itself has its own codes."""
    return answer.status == 403 and bool(answer.code) and not answer.code.startswith("woocommerce_")


def _ways(api_url: str, home: str) -> Iterator[dict[str, str]]:
    """A signature covers the address that WordPress believes in: the host of its home, its own idea of the scheme."""
    ours, theirs = urlsplit(api_url), urlsplit(home)
    own = netloc_of(theirs)
    if ours.scheme == "https":
        yield {"auth": BASIC}
        yield {"auth": QUERY}
        yield {"auth": OAUTH, "signed_base": f"http://{own}"}
    elif own != netloc_of(ours):
        yield {"auth": OAUTH, "signed_base": f"http://{own}"}
    yield {"auth": OAUTH}
    if ours.scheme == "http" and theirs.scheme == "https":  # behind a proxy it may be told to take every call for https
        yield {"auth": OAUTH, "signed_base": f"https://{own}"}


def _check_writing(look: Look, api_url: str, options: Mapping[str, str], secrets: Mapping[str, str]) -> None:
    """Refuses keys that may only read. Anything else that goes wrong here shows when something is written."""
    try:
        answer = look.signed("POST", f"{api_url}{WRITE_PROBE}", auth=sign_in(options, secrets), body=b"{}")
    except TemporarilyUnavailable:
        return
    if answer.status == 401 and answer.code:
        text = _("These keys may only read. Make keys with the permission Read/Write.")
        raise RemoteRejected(text, detail=answer.detail, fields={SECRET: text})
    if answer.status == 403 and answer.code:
        raise _failure(answer)


def _failure(answer: Answer) -> StoreError:
    if answer.status >= 500:
        return TemporarilyUnavailable(_("The store has a problem at the moment."), detail=answer.detail)
    if answer.status == 403 and answer.code:
        text = _(
            "The store's user of these keys may not manage WooCommerce. Make the keys for a user with the role "
            "Administrator or Shop manager."
        )
        return RemoteRejected(text, detail=answer.detail, fields={KEY: text})
    if 300 <= answer.status < 400:
        return MalformedResponse(_("The store sends our request to another address."), detail=answer.detail)
    return MalformedResponse(
        _(
            "The store's home page answers, but not its REST API (HTTP %(status)s). A firewall or a security plugin "
            "may stand in front of it."
        )
        % {"status": answer.status},
        detail=answer.detail,
    )


def _refused_pair(answer: Answer) -> RemoteRejected:
    """The store knows the key, but not with this secret, or it may not read."""
    text = _("The store refuses the keys: %(words)s") % {"words": answer.words}
    return RemoteRejected(text, detail=answer.detail, fields={SECRET: text})


def _refused(refusals: list[Answer]) -> RemoteRejected:
    """Nothing that we tried was taken. What the store says of a signature may help, what it says of no key does not."""
    text = _(
        "The store does not know these keys. Copy both again, from this store, or make new ones; keys of a user who "
        "was deleted do not work either."
    )
    telling = next((answer for answer in refusals if answer.code == _WRONG), refusals[-1])
    if _is_for_visitors(telling):
        text = _("The store does not know these keys, or a security plugin closes its REST API to them.")
        text = f"{text} {_('The store says: %(words)s') % {'words': telling.words or telling.code}}"
    if telling.code == _WRONG and telling.words:
        text = f"{text} {_('The store says: %(words)s') % {'words': telling.words}}"
    return RemoteRejected(text, detail=telling.detail, fields={KEY: text})
