"""Whether an answer is like the recorded one: same keys, types, forms; same values where they can be the same."""

import re
from datetime import datetime
from typing import Any

from tests.sandbox.woocommerce.numbers import Numbers, Pointer, kind_of, plain_address

DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
URL = re.compile(r"https?://[^/]+")
MONEY = re.compile(r"-?\d+(\.\d+)?")
SECONDS = 6
"""How far a moment may be from the recorded one: the store took its time."""

OPAQUE = (
    r"(.*\.)?related_ids",
    r"(.*\.)?options",
    r"routes",
    r"namespaces",
    r"database\.database_tables",
    r"(in)?active_plugins",
    r"dropins_mu_plugins",
    r"theme\.overrides",
    r"post_type_counts",
    r"settings\.enabled_features",
    r"(endpoints|schema)",
)
"""Only the type is the same."""

FREE = (
    r"(.*\.)?(price_html|avatar_url|order_key|cart_hash|payment_url|permalink_template|tip|label|placeholder)",
    r"(.*\.)?(method_)?(description|instructions|title)",
    r"settings\..*\.(value|default)",
    r"(environment|database|theme|logging|security|pages)\..*",
    r"(name|home|url|timezone_string)",
    r"(.*\.)?coupon_lines\.meta_data\.(display_)?value",
)
"""Texts and numbers whose form is the same."""
EXACT_IN_SPITE = (r"environment\.version", r"environment\.(home|site)_url")


def fits(patterns: tuple[str, ...], pointer: Pointer) -> bool:
    name = ".".join(part for part in pointer if part != "*")
    return any(re.fullmatch(pattern, name) for pattern in patterns)


class Comparison:
    """Of one exchange; ``problems`` gathers what is different. ``free`` are patterns of its own."""

    def __init__(self, path: str, numbers: Numbers, free: tuple[str, ...] = ()) -> None:
        self.path, self.numbers = path, numbers
        self.free = (*FREE, *free)
        self.problems: list[str] = []
        self._addresses: list[tuple[dict[str, str], dict[str, str]]] = []

    def _tell(self, pointer: Pointer, text: str) -> None:
        self.problems.append(f"{'.'.join(pointer) or '(the answer)'}: {text}")

    def values(self, recorded: Any, own: Any, pointer: Pointer = ()) -> None:
        if type(recorded) is not type(own):
            if not fits(self.free, pointer) or (recorded is None) != (own is None):
                self._tell(pointer, f"{recorded!r} was recorded, {own!r} is answered")
            return
        if fits(OPAQUE, pointer):
            return
        if isinstance(recorded, dict):
            self._objects(recorded, own, pointer)
        elif isinstance(recorded, list):
            self._lists(recorded, own, pointer)
        else:
            self._leaf(recorded, own, pointer)

    def late_addresses(self, recorded: dict[str, str], own: dict[str, str]) -> None:
        """Addresses in headers; a new object's number is learned from the body, so this is checked at the end."""
        self._addresses.append((recorded, own))

    def finish(self) -> list[str]:
        for recorded, own in self._addresses:
            for name in recorded.keys() | own.keys():
                one, other = recorded.get(name, ""), own.get(name, "")
                if "(?P<" in one and bool(other):
                    continue  # the plugin's own slip, which servers escape differently
                if bool(one) != bool(other) or self.numbers.address(one) != plain_address(other):
                    self.problems.append(f"{name}: {one!r} was recorded, {other!r} is answered")
        return self.problems

    def _objects(self, recorded: dict[str, Any], own: dict[str, Any], pointer: Pointer) -> None:
        if recorded and all(name.isdigit() for name in (*recorded, *own)):
            recorded, own = {str(len(recorded)): ""}, {str(len(own)): ""}  # by numbers that are shown nowhere else
        if missing := sorted(set(recorded) - set(own)):
            self._tell(pointer, f"without {missing}")
        if extra := sorted(set(own) - set(recorded)):
            self._tell(pointer, f"with {extra}")
        for name in (name for name in recorded if name in own):
            self.values(recorded[name], own[name], (*pointer, name))

    def _lists(self, recorded: list[Any], own: list[Any], pointer: Pointer) -> None:
        if pointer[-1:] == ("refunds",):
            recorded, own = in_one_order(recorded), in_one_order(own)
        if len(recorded) != len(own):
            self._tell(pointer, f"{len(recorded)} entries were recorded, {len(own)} are answered")
        for one, other in zip(recorded, own, strict=False):
            self.values(one, other, (*pointer, "*"))

    def _leaf(self, recorded: Any, own: Any, pointer: Pointer) -> None:
        kind = kind_of(self.path, pointer)
        if kind and isinstance(recorded, int) and not isinstance(recorded, bool):
            if not self.numbers.learn(kind, recorded, own):
                known = self.numbers.own(kind, recorded)
                self._tell(pointer, f"{kind} {recorded} is known as {known}, {own} is answered")
        elif recorded != own and not self._alike(recorded, own, pointer):
            self._tell(pointer, f"{recorded!r} was recorded, {own!r} is answered")

    def _alike(self, recorded: Any, own: Any, pointer: Pointer) -> bool:
        if not isinstance(recorded, str):
            return fits(self.free, pointer)
        if pointer[-1] == "number" and recorded.isdigit():
            return str(self.numbers.own("post", int(recorded))) == own
        if URL.match(recorded) and URL.match(own):
            return fits(self.free, pointer) or self.numbers.address(recorded) == plain_address(own)
        if DATE.fullmatch(recorded) and DATE.fullmatch(own):
            return fits(self.free, pointer) or near(recorded, own)
        free = fits(self.free, pointer) and not fits(EXACT_IN_SPITE, pointer)
        return free and form(recorded) == form(own)


def in_one_order(refunds: list[Any]) -> list[Any]:
    """The refunds of an order: those of one second have no order."""
    return sorted(refunds, key=lambda refund: int(refund["id"]))


def near(recorded: str, own: str) -> bool:
    gap = datetime.fromisoformat(recorded) - datetime.fromisoformat(own)
    return abs(gap.total_seconds()) <= SECONDS


def form(text: str) -> str:
    """What a text is: nothing, an amount with so many decimals, a date, an address, words."""
    if not text:
        return "nothing"
    if MONEY.fullmatch(text):
        return "an amount"
    if DATE.fullmatch(text):
        return "a date"
    return "an address" if URL.match(text) else "words"
