"""Templates: nothing that the content security policy forbids, no address of a higher floor."""

import ast
import re
from functools import cache

from django.urls import URLPattern, URLResolver, get_resolver

from tests.house import tree

INLINE = {
    "a style attribute or element": re.compile(r"<style\b|\sstyle\s*=", re.IGNORECASE),
    "a script without a file": re.compile(r"<script\b(?![^>]*\bsrc=)", re.IGNORECASE),
    "an event handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "hx-on or a script in an attribute": re.compile(r"hx-on|javascript:|\bjs:", re.IGNORECASE),
    "something from another address": re.compile(r"<(?:script|link|img)\b[^>]*(?:src|href)=\"https?://", re.IGNORECASE),
}
URL_TAG = re.compile(r"{%\s*url\s+['\"]([\w:-]+)['\"]")
TEMPLATE_TAG = re.compile(r"{%\s*(?:include|extends)\s+['\"]([\w/.-]+)['\"]")


@cache
def floor_of_urls() -> dict[str, int]:
    """URL name (with namespace) → floor of the app whose view answers it."""
    floors: dict[str, int] = {}

    def walk(resolver: URLResolver, prefix: str) -> None:
        for entry in resolver.url_patterns:
            if isinstance(entry, URLResolver):
                walk(entry, f"{prefix}{entry.namespace}:" if entry.namespace else prefix)
            elif isinstance(entry, URLPattern) and entry.name:
                package = entry.callback.__module__.split(".")
                floor = tree.FLOORS.get("shell" if package[0] == "inventory_sync" else package[0])
                if floor is not None:
                    floors[f"{prefix}{entry.name}"] = floor

    walk(get_resolver(), "")
    return floors


def test_templates_hold_nothing_inline() -> None:
    found = [
        f"{tree.name(path)}:{text[: hit.start()].count(chr(10)) + 1}: {what}"
        for path in tree.templates()
        for text in [path.read_text(encoding="utf-8")]
        for what, pattern in INLINE.items()
        for hit in pattern.finditer(text)
    ]

    assert found == []


# The frame's own addresses, which every page may name: they exist whatever apps are installed.
FRAME_URLS = {"dashboard", "search", "login", "logout"}


def test_templates_name_no_address_or_template_of_a_higher_floor() -> None:
    floors, found = floor_of_urls(), []
    for path in tree.templates():
        text, own = path.read_text(encoding="utf-8"), tree.floor_of_template(path)
        named = [url for url in URL_TAG.findall(text) if url not in FRAME_URLS and floors.get(url, 0) > own]
        used = [template for template in TEMPLATE_TAG.findall(text) if tree.FLOORS.get(template.split("/")[0], 0) > own]
        found += [f"{tree.name(path)}: {item}" for item in [*named, *used]]

    assert found == []


def test_code_names_no_address_or_template_of_a_higher_floor() -> None:
    floors, found = floor_of_urls(), []
    for path in tree.python_files(*tree.APPS, "inventory_sync"):
        own = tree.floor_of_python(path)
        for node in ast.walk(tree.parsed(path)):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                continue
            value = node.value
            is_template = value.endswith(".html") and tree.FLOORS.get(value.split("/")[0], 0) > own
            is_address = ":" in value and floors.get(value, 0) > own
            if is_template or is_address:
                found.append(f"{tree.name(path)}:{node.lineno}: {value}")

    assert found == []


def test_every_named_address_exists() -> None:
    known: set[str] = set()

    def walk(resolver: URLResolver, prefix: str) -> None:
        for entry in resolver.url_patterns:
            if isinstance(entry, URLResolver):
                walk(entry, f"{prefix}{entry.namespace}:" if entry.namespace else prefix)
            elif entry.name:
                known.add(f"{prefix}{entry.name}")

    walk(get_resolver(), "")
    missing = [
        f"{tree.name(path)}: {url}"
        for path in tree.templates()
        for url in URL_TAG.findall(path.read_text(encoding="utf-8"))
        if url not in known
    ]

    assert missing == []


def test_every_template_named_in_code_exists() -> None:
    missing = []
    for path in tree.python_files(*tree.APPS, "inventory_sync"):
        for node in ast.walk(tree.parsed(path)):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                continue
            if re.fullmatch(r"[\w/-]+\.html", node.value) and not (tree.ROOT / "templates" / node.value).exists():
                missing.append(f"{tree.name(path)}:{node.lineno}: {node.value}")

    assert missing == []
