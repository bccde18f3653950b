"""`make requirements`: which test proves which rule of the specification, and which rules nobody proves yet.

Reads docs/requirements.toml and the `@pytest.mark.req` marks (from the source, without running anything). Ends with 1
when a rule of this or an earlier milestone has no test (an adapter's rule: none for one of the platforms), or a mark
names no rule.
"""

import ast
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONTRACT = "tests/platforms/contract"
PLATFORMS = {"bigcommerce": "B", "woocommerce": "W", "magento2": "M"}


@dataclass(frozen=True)
class Rule:
    id: str
    platforms: str
    milestone: int
    words: str
    each: bool


@dataclass(frozen=True)
class Proof:
    rule: str
    platform: str  # "" = for every platform
    test: str


@dataclass(frozen=True)
class Rules:
    current: int
    built: str
    by_id: dict[str, Rule]

    @property
    def due(self) -> list[Rule]:
        return [rule for rule in self.by_id.values() if 0 < rule.milestone <= self.current]

    def lacks(self, rule: Rule, proofs: list[Proof]) -> str:
        """Platforms that the rule still needs a test for; "" when it is proved."""
        mine = [proof for proof in proofs if proof.rule == rule.id]
        if not rule.each:
            return "" if mine else rule.platforms
        everywhere = {"": rule.platforms} if any(CONTRACT in proof.test for proof in mine) else {}
        scopes = "".join({**PLATFORMS, **everywhere}.get(proof.platform, "") for proof in mine)
        return "".join(mark for mark in rule.platforms if mark in self.built and mark not in scopes)


def read_rules() -> Rules:
    with (ROOT / "docs/requirements.toml").open("rb") as file:
        table = tomllib.load(file)
    rules = {
        name: Rule(name, row["on"], row["milestone"], row["words"], row.get("each", False))
        for name, row in table["rules"].items()
    }
    return Rules(table["current"], table["built"], rules)


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
    home = path.parent.name if path.parent.name in PLATFORMS else ""

    def visit(body: list[ast.stmt], inherited: list[tuple[str, str]], prefix: str) -> Iterator[Proof]:
        for node in body:
            if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            named = [*inherited, *(mark for decorator in node.decorator_list for mark in marks(decorator))]
            if isinstance(node, ast.ClassDef):
                yield from visit(node.body, named, f"{prefix}{node.name}::")
            elif node.name.startswith("test"):
                for rule, platform in named:
                    yield Proof(rule, platform or home, f"{where}::{prefix}{node.name}")

    module = ast.parse(path.read_text(encoding="utf-8"))
    whole_file = [
        mark
        for node in module.body
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == "pytestmark" for target in node.targets)
        for mark in marks(node.value)
    ]
    yield from visit(module.body, whole_file, "")


def all_proofs() -> list[Proof]:
    paths = [*sorted((ROOT / "tests").rglob("test_*.py")), *sorted(ROOT.glob(f"{CONTRACT}*.py"))]
    return [proof for path in paths for proof in proofs_in(path)]


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


def listed(rules: dict[Rule, str]) -> str:
    return "\n".join(f"  {rule.id:<8} {platforms:<4} {rule.words}" for rule, platforms in rules.items())


def main() -> int:
    rules = read_rules()
    proofs = all_proofs()
    missing = {rule: lacks for rule in rules.due if (lacks := rules.lacks(rule, proofs))}
    proved = {proof.rule for proof in proofs}
    later = [rule.id for rule in rules.by_id.values() if rule not in rules.due and rule.id not in proved]
    unknown = sorted({f"{proof.rule} in {proof.test}" for proof in proofs if proof.rule not in rules.by_id})

    print(table(rules.by_id, proofs))
    print(f"\n{len(proved & rules.by_id.keys())} of {len(rules.by_id)} rules are proved by {len(proofs)} marks.")
    print(f"Later work, without a test yet: {len(later)}: {' '.join(later)}")
    if unknown:
        print("Marks that name no rule:\n  " + "\n  ".join(unknown))
    if missing:
        print(f"Up to milestone {rules.current}, without a test: {len(missing)} of {len(rules.due)}\n{listed(missing)}")
    else:
        print(f"Up to milestone {rules.current}: all {len(rules.due)} rules have a test.")
    return 1 if missing or unknown else 0


if __name__ == "__main__":
    sys.exit(main())
