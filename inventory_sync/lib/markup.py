"""HTML from outside (stores, people) made harmless before it is stored (SPEC INV-1)."""

import nh3

from inventory_sync.lib.text import clip

_LENGTH = 200_000
_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title", "width", "height"}}
_TAGS = {
    *"a abbr b blockquote br code dd div dl dt em h1 h2 h3 h4 h5 h6 hr i img li ol p pre s small span".split(),
    *"strong sub sup table tbody td tfoot th thead tr u ul".split(),
}


def sanitize(html: str) -> str:
    """Scripts, styles, handlers and frames are gone; links and pictures stay with web addresses only."""
    return nh3.clean(
        clip(html, _LENGTH), tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto"}
    ).strip()
