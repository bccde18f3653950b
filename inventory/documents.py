"""Document keys (`sale:1042`) to labels and addresses; each app registers the kinds of documents it owns."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

SEPARATOR = ":"


@dataclass(frozen=True)
class DocumentLink:
    """How a document is shown elsewhere; `url` may be empty."""

    label: str
    url: str


Resolver = Callable[[Iterable[str]], dict[str, DocumentLink]]
_resolvers: dict[str, Resolver] = {}


def register(prefix: str, resolver: Resolver) -> None:
    """`resolver` gets the ids behind `prefix:` in bulk and answers id → link; ids it does not know it leaves out."""
    _resolvers[prefix] = resolver


def resolve(keys: Iterable[str]) -> dict[str, DocumentLink]:
    """Links of many keys, with one call a prefix. Unknown documents answer with the key as the label."""
    by_prefix: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for key in set(keys):
        prefix, _, rest = key.partition(SEPARATOR)
        by_prefix[prefix][rest.partition("/")[0]].append(key)
    links: dict[str, DocumentLink] = {}
    for prefix, ids in by_prefix.items():
        known = _resolvers[prefix](ids.keys()) if prefix in _resolvers else {}
        for identifier, spellings in ids.items():
            links.update({key: known.get(identifier, DocumentLink(label=key, url="")) for key in spellings})
    return links
