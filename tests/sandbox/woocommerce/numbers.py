"""Which recorded number is which of the sandbox's: numbers are of kinds, and pairs are learned from answers."""

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

Pointer = tuple[str, ...]

ROOTS = (
    (r"/wc/v3/products/attributes/\d+/terms", "term"),
    (r"/wc/v3/products/(categories|tags|brands|shipping_classes)", "term"),
    (r"/wc/v3/products/attributes", "attribute"),
    (r"/wc/v3/orders/\d+/notes", "note"),
    (r"/wc/v3/(products|orders|refunds|coupons|variations)", "post"),
    (r"/wc/v3/customers", "user"),
    (r"/wc/v3/taxes", "tax"),
    (r"/wc/v3/webhooks", "webhook"),
    (r"/wc/v3/shipping/zones/\d+/methods", "zone_method"),
    (r"/wc/v3/shipping/zones", "zone"),
)
FIELDS = {
    **dict.fromkeys(("product_id", "variation_id", "parent_id", "new_draft_order_id", "arg"), "post"),
    **dict.fromkeys(("grouped_products", "variations", "upsell_ids", "cross_sell_ids", "product_ids"), "post"),
    "customer_id": "user",
    "rate_id": "tax",
    "instance_id": "zone_method",
    "shipping_class_id": "term",
    "parent": "term",
}
CONTAINERS = {
    **dict.fromkeys(("categories", "tags", "brands"), "term"),
    **dict.fromkeys(("images", "image", "refunds"), "post"),
    **dict.fromkeys(("attributes", "default_attributes"), "attribute"),
    **dict.fromkeys(("line_items", "shipping_lines", "fee_lines", "coupon_lines", "tax_lines"), "item"),
    **dict.fromkeys(("taxes", "refund_tax"), "tax"),
    "meta_data": "meta",
}
ITEMS = frozenset({"line_items", "shipping_lines", "fee_lines", "coupon_lines", "tax_lines"})
QUERY = {"category": "term", "tag": "term", "attribute_term": "term", "product": "post", "customer": "user"}
OWN = frozenset({"include", "exclude", "parent"})


def root_kind(path: str) -> str:
    for pattern, kind in ROOTS:
        if re.match(pattern, path):
            return kind
    return ""


def kind_of(path: str, pointer: Pointer) -> str:
    """The kind of number that a field of an answer (or of what is sent) to ``path`` holds; "" for none."""
    names = [name for name in pointer if name != "*"]
    if not names:
        return ""
    last, container = names[-1], names[-2] if len(names) > 1 else ""
    if last == "id" and container == "meta_data":
        return "item_meta" if ITEMS & set(names) else f"{root_kind(path)}_meta {path.split('/')[3]}"
    if last == "id":
        return CONTAINERS.get(container, root_kind(path))
    if last in ("delete", "resource_id"):
        return root_kind(path)
    if last == "parent_id" and "/settings" in path:
        return ""
    return FIELDS.get(last, "")


class Numbers:
    def __init__(self) -> None:
        self._known: dict[tuple[str, int], int] = {}

    def own(self, kind: str, recorded: int) -> int:
        return self._known.get((kind, recorded), recorded)

    def learn(self, kind: str, recorded: int, own: int) -> bool:
        """False when the recorded number is known as another one."""
        if not recorded or not own:
            return recorded == own
        return self._known.setdefault((kind, recorded), own) == own

    def path(self, path: str) -> str:
        parts = path.split("/")
        for place, part in enumerate(parts):
            if part.isdigit():
                parts[place] = str(self.own(root_kind("/".join(parts[:place]) + "/"), int(part)))
        return "/".join(parts)

    def query(self, path: str, query: dict[str, str]) -> dict[str, str]:
        found = {}
        for name, value in query.items():
            kind = root_kind(path) if name in OWN else QUERY.get(name, "")
            if kind and re.fullmatch(r"[\d,]+", value):
                value = ",".join(str(self.own(kind, int(part))) for part in value.split(","))
            found[name] = value
        return found

    def body(self, path: str, value: Any, pointer: Pointer = ()) -> Any:
        if isinstance(value, dict):
            return {name: self.body(path, entry, (*pointer, name)) for name, entry in value.items()}
        if isinstance(value, list):
            return [self.body(path, entry, (*pointer, "*")) for entry in value]
        kind = kind_of(path, pointer)
        if kind and isinstance(value, int) and not isinstance(value, bool):
            return self.own(kind, value)
        return value

    def address(self, address: str) -> str:
        """Path and query of an address of the store, with the sandbox's numbers."""
        parts = urlsplit(address)
        path = re.sub(r"^/woo/[^/]+", "", parts.path)
        found = path[: path.find("/wc/v3")] + self.path(path[path.find("/wc/v3") :]) if "/wc/v3" in path else path
        below = found[found.find("/wc/v3") :]
        query = urlencode(sorted(self.query(below, dict(parse_qsl(parts.query, keep_blank_values=True))).items()))
        return f"{found}?{query}" if query else found


def plain_address(address: str) -> str:
    """Path and query of an address of the sandbox's."""
    return Numbers().address(address)
