"""Words that may not stand in the product: unfinished marks, other products' names, places of one machine."""

import ast
import re
from pathlib import Path

from tests.house import tree

UNFINISHED = re.compile(
    "|".join(["TO" + "DO", "FIX" + "ME", r"#\s*XX" + "X", "NotImplemented" + "Error", "(?i:coming " + "soon)"])
)


def spelled(*codes: int) -> str:
    return "".join(map(chr, codes))


# Names of commercial systems, spelled by code so that this file does not contain them.
OTHER_PRODUCTS = re.compile(
    "|".join(
        [
            rf"\b{spelled(68, 69, 65, 82)}\b",
            rf"(?i:\b{spelled(99, 105, 110, 55)}\b)",
            rf"\b{spelled(86, 101, 110, 100)}\b",
            rf"(?i:{spelled(108, 105, 103, 104, 116, 115, 112, 101, 101, 100)})",
        ]
    )
)
MACHINE = re.compile(
    "|".join(
        [r"(?<![\w.])/wo" + "rk/", r"\.lib" + "rary/", "python" + "hosted", r"pypi\.o" + "rg", r"registry\.n" + "pm"]
    )
)
PLATFORMS = re.compile(r"(?i)bigcommerce|woocommerce|magento")
# What only one platform has, so that a page that says it is wrong for the others.
OF_ONE_PLATFORM = re.compile(
    r"(?i)\bAPI accounts?\b|\bstore hash\b|\baccess token|\bclient (?:id|secret)\b|\bstorefront\b"
    r"|\bWordPress\b|\bwp-\w|\bpermalinks?\b|\bconsumer (?:key|secret)\b|\bstore views?\b"
)
IN_AN_ADAPTER = re.compile(r"channels/platforms/[a-z0-9]+/")


def lines_with(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    found = []
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [
            f"{tree.name(path)}:{number}: {line.strip()[:100]}"
            for number, line in enumerate(text.splitlines(), 1)
            if pattern.search(line)
        ]
    return found


def test_nothing_is_left_unfinished() -> None:
    sources = [path for path in tree.tracked() if path.suffix in {".py", ".html", ".js", ".css", ".md", ".toml"}]

    assert lines_with(UNFINISHED, sources) == []


def test_no_other_product_is_named() -> None:
    assert lines_with(OTHER_PRODUCTS, list(tree.tracked())) == []


def test_no_place_of_one_machine_is_named() -> None:
    assert lines_with(MACHINE, list(tree.tracked())) == []


def test_only_adapters_name_a_platform() -> None:
    """Neither code nor comments nor docstrings."""
    paths = [
        path for path in tree.python_files("inventory_sync", *tree.APPS) if not IN_AN_ADAPTER.match(tree.name(path))
    ]

    assert lines_with(PLATFORMS, paths) == []


def common_pages() -> list[Path]:
    return [path for path in tree.templates() if not tree.name(path).startswith("templates/channels/platforms/")]


def test_only_adapters_templates_name_a_platform() -> None:
    assert lines_with(PLATFORMS, common_pages()) == []


def translated(path: Path) -> list[tuple[int, str]]:
    """Texts of a module that staff read, with their lines."""
    found = []
    for node in ast.walk(tree.parsed(path)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id not in {"_", "gettext", "gettext_lazy", "ngettext"}:
            continue
        texts = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        found += [(node.lineno, text) for text in texts]
    return found


def test_no_common_text_takes_one_platform_for_all() -> None:
    paths = [
        path
        for path in tree.python_files("inventory_sync", *tree.APPS)
        if not tree.name(path).startswith("channels/platforms/") or tree.name(path).count("/") == 2
    ]
    said = [
        f"{tree.name(path)}:{line}: {text[:80]}"
        for path in paths
        for line, text in translated(path)
        if OF_ONE_PLATFORM.search(text)
    ]

    assert said + lines_with(OF_ONE_PLATFORM, common_pages()) == []
