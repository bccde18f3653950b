"""`make requirements`: which test proves which rule of the specification, and which rules nobody proves yet.

Reads docs/requirements.toml and the `@pytest.mark.req` marks (from the source, without running anything). Ends with 1
when a rule of the current milestone has no test, or a mark names no rule.
"""

import ast
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLATFORMS = {"bigcommerce": "B", "woocommerce": "W", "magento2": "M"}


@dataclass(frozen=True)
class Rule:
    id: str
    platforms: str
    milestone: int
    words: str


@dataclass(frozen=True)
class Proof:
    rule: str
    platform: str  # "" = for every platform
    test: str


def read_rules() -> tuple[int, dict[str, Rule]]:
    with (ROOT / "docs/requirements.toml").open("rb") as file:
        table = tomllib.load(file)
    rules = {name: Rule(name, row["on"], row["milestone"], row["words"]) for name, row in table["rules"].items()}
    return table["current"], rules


def marks(expression: ast.expr) -> Iterator[tuple[str, str]]:
    """(rule, platform) of `pytest.mark.req("X-1", platform="…")`, also inside a list of marks."""
    for node in ast.walk(expression):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "req":
            continue
        platform = next((ast.literal_eval(word.value) for word in node.keywords if word.arg == "platform"), None)
        for argument in node.args:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value, platform or ""


def proofs_in(path: Path) -> Iterator[Proof]:
    where = path.relative_to(ROOT).as_posix()

    def visit(body: list[ast.stmt], inherited: list[tuple[str, str]], prefix: str) -> Iterator[Proof]:
        for node in body:
            if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            named = [*inherited, *(mark for decorator in node.decorator_list for mark in marks(decorator))]
            if isinstance(node, ast.ClassDef):
                yield from visit(node.body, named, f"{prefix}{node.name}::")
            elif node.name.startswith("test"):
                for rule, platform in named:
                    yield Proof(rule, platform, f"{where}::{prefix}{node.name}")

    module = ast.parse(path.read_text(encoding="utf-8"))
    whole_file = [
        mark
        for node in module.body
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == "pytestmark" for target in node.targets)
        for mark in marks(node.value)
    ]
    yield from visit(module.body, whole_file, "")


def all_proofs() -> list[Proof]:
    return [proof for path in sorted((ROOT / "tests").rglob("test_*.py")) for proof in proofs_in(path)]


def table(rules: dict[str, Rule], proofs: list[Proof]) -> str:
    by_rule: dict[str, list[Proof]] = defaultdict(list)
    for proof in proofs:
        by_rule[proof.rule].append(proof)
    lines = []
    for rule in rules.values():
        for proof in by_rule[rule.id]:
            scope = PLATFORMS.get(proof.platform, rule.platforms)
            lines.append(f"{rule.id:<8} {scope:<4} {rule.words[:60]:<60}  {proof.test}")
    return "\n".join(lines)


def listed(rules: list[Rule]) -> str:
    return "\n".join(f"  {rule.id:<8} {rule.platforms:<4} {rule.words}" for rule in rules)


def main() -> int:
    current, rules = read_rules()
    proofs = all_proofs()
    proved = {proof.rule for proof in proofs}
    missing = [rule for rule in rules.values() if rule.milestone == current and rule.id not in proved]
    later = [rule for rule in rules.values() if rule.milestone != current and rule.id not in proved]
    unknown = sorted({f"{proof.rule} in {proof.test}" for proof in proofs if proof.rule not in rules})
    due = [rule for rule in rules.values() if rule.milestone == current]

    print(table(rules, proofs))
    print(f"\n{len(proved & rules.keys())} of {len(rules)} rules are proved by {len(proofs)} marks.")
    print(f"Later work, without a test yet: {len(later)}: {' '.join(rule.id for rule in later)}")
    if unknown:
        print("Marks that name no rule:\n  " + "\n  ".join(unknown))
    if missing:
        print(f"Milestone {current}, without a test: {len(missing)} of {len(due)}\n{listed(missing)}")
    else:
        print(f"Milestone {current}: all {len(due)} rules have a test.")
    return 1 if missing or unknown else 0


if __name__ == "__main__":
    sys.exit(main())
