"""The documents keep up with the code: variables, links, decisions, rules."""

import re

from tests.house import tree
from tests.requirements_table import all_proofs, read_rules

LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)")
VARIABLE = re.compile(r"env(?:\.\w+)?\(\s*\"([A-Z_]+)\"")


def variables() -> set[str]:
    readers = [tree.ROOT / "inventory_sync/settings.py", *(tree.ROOT / "channels").rglob("environment.py")]
    return {name for path in readers for name in VARIABLE.findall(path.read_text(encoding="utf-8"))}


def test_every_variable_is_in_the_readme_and_the_example() -> None:
    readme = (tree.ROOT / "README.md").read_text(encoding="utf-8")
    example = (tree.ROOT / ".env.example").read_text(encoding="utf-8")

    assert variables()
    assert {name for name in variables() if f"| `{name}` |" not in readme} == set()
    assert {name for name in variables() if not re.search(rf"^#?{name}=", example, re.MULTILINE)} == set()


def test_the_readme_lists_no_variable_that_is_gone() -> None:
    table = (tree.ROOT / "README.md").read_text(encoding="utf-8")

    assert set(re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE)) == variables()


def test_links_between_documents_lead_somewhere() -> None:
    documents = [path for path in tree.tracked() if path.suffix == ".md"]
    broken = [
        f"{tree.name(path)}: {target}"
        for path in documents
        for target in LINK.findall(path.read_text(encoding="utf-8"))
        if not (path.parent / target).exists()
    ]

    assert broken == []


def test_every_decision_is_listed_and_every_cited_one_exists() -> None:
    records = {path.stem[:4]: path.name for path in (tree.ROOT / "docs/adr").glob("[0-9]*.md")}
    listed = (tree.ROOT / "docs/adr/README.md").read_text(encoding="utf-8")
    cited = {
        (tree.name(path), number)
        for path in tree.tracked()
        if path.suffix in {".py", ".md", ".html", ".css", ".toml"}
        for number in re.findall(r"\bADRs? (\d+)", path.read_text(encoding="utf-8"))
    }

    assert [name for name in records.values() if f"]({name})" not in listed] == []
    assert [(where, number) for where, number in cited if f"{int(number):04}" not in records] == []


def test_every_mark_names_a_rule() -> None:
    rules = read_rules().by_id

    assert sorted({f"{proof.rule}: {proof.test}" for proof in all_proofs() if proof.rule not in rules}) == []


def test_no_adapter_proves_what_has_no_page_yet() -> None:
    """A gateway that could list or ship is no listing and no shipment: such rules are proved with their services."""
    later = {rule.id for rule in read_rules().by_id.values() if rule.milestone == 0}

    assert [proof for proof in all_proofs() if proof.rule in later and "tests/platforms/" in proof.test] == []
