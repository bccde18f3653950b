"""What the rows of a product file will do to which product: parsed, compared with the record, checked (SPEC INV-6).

Private to `imports_products`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils.translation import gettext as _

from inventory.enums import ProductType, RecordStatus
from inventory.models import (
    Account,
    Brand,
    Category,
    Family,
    Location,
    Product,
    ProductImage,
    Supplier,
    Tag,
    TaxRule,
    Unit,
)
from inventory.models.products import CUSTOM_FIELDS
from inventory.queries.history import in_bills, with_stock_history
from inventory.services.imports_rows import Change, FileRow, PlannedRow
from inventory.services.imports_values import CLEAR, CellProblem, addresses, digits, joined, names, number, plain
from inventory.services.products_as_cells import (
    CHOICES,
    NUMBERS,
    PRICE,
    RELATED,
    RELATIONS,
    Cells,
    Column,
    product_cells,
)
from inventory_sync.lib.markup import sanitize
from inventory_sync.lib.money import to_currency
from inventory_sync.lib.text import fold

_BOOKS: dict[str, type[Model]] = {
    "category": Category, "brand": Brand, "unit": Unit, "sale_tax_rule": TaxRule, "supplier": Supplier,
    "default_location": Location,
}  # fmt: skip
MADE: dict[str, Any] = {"category": Category, "brand": Brand}
"""Books whose entries are made where a file names new ones."""
_NEVER_EMPTY = {"sku", "name", *CHOICES}
_LENGTHS = {"sku": 255, "name": 512, "barcode": 64, "option1": 255, "option2": 255, "option3": 255, "family": 256}
_DEFAULTS = {"type": ProductType.STOCK, "status": RecordStatus.ACTIVE}


@dataclass
class Facts:
    """What is known about the records that a portion of rows speaks of; read in a constant number of statements."""

    products: dict[str, Product] = field(default_factory=dict)
    cells: dict[int, Cells] = field(default_factory=dict)
    owners: dict[str, int] = field(default_factory=dict)
    books: dict[str, dict[str, Any]] = field(default_factory=dict)
    families: dict[str, Family] = field(default_factory=dict)
    variations: dict[tuple[Any, ...], int] = field(default_factory=dict)
    moved: set[int] = field(default_factory=set)
    in_bills: set[int] = field(default_factory=set)
    filed: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Wanted:
    """What a good row asks for: the product it is of, and the new text of each column that changes."""

    product: Product | None
    old: Cells
    new: Cells


def facts_of(rows: Sequence[FileRow]) -> Facts:
    keys = {fold(row.cells.get("sku", "")) for row in rows}
    found = list(Product.objects.filter(sku_key__in=keys).select_related(*RELATED))
    ids = [product.pk for product in found]
    name_keys = {fold(row.cells.get("name", "")) for row in rows} - {""}
    family_keys = {fold(row.cells.get("family", "")) for row in rows} - {""}
    families = {family.name_key: family for family in Family.objects.filter(name_key__in=family_keys)}
    family_ids = {family.pk for family in families.values()} | {each.family_id for each in found if each.family_id}
    variations = Product.objects.filter(family_id__in=family_ids)
    stocked = [each.pk for each in found if each.is_stocked and _turns(rows, each)]
    return Facts(
        products={product.sku_key: product for product in found},
        cells={product.pk: cells for product, cells in zip(found, product_cells(found), strict=True)},
        owners=dict(Product.objects.filter(name_key__in=name_keys).values_list("name_key", "pk")),
        books=entries_named(rows),
        families=families,
        variations={
            (family_id, *map(fold, options)): pk
            for pk, family_id, *options in variations.values_list("pk", "family_id", "option1", "option2", "option3")
        },
        moved=with_stock_history(stocked),
        in_bills=in_bills(stocked),
        filed=set(
            ProductImage.objects.filter(product_id__in=ids).exclude(file="").values_list("product_id", flat=True)
        ),
    )


def _turns(rows: Sequence[FileRow], product: Product) -> bool:
    return any("type" in row.cells for row in rows if fold(row.cells.get("sku", "")) == product.sku_key)


def entries_named(rows: Sequence[FileRow]) -> dict[str, dict[str, Any]]:
    """Entries of reference books that cells name, by column and folded name."""
    found: dict[str, dict[str, Any]] = {}
    for name, model in _BOOKS.items():
        keys = {fold(row.cells.get(name, "")) for row in rows} - {"", CLEAR}
        entries = model._default_manager.filter(name_key__in=keys) if keys else []
        found[name] = {fold(str(entry)): entry for entry in entries}
    tags = {fold(tag) for row in rows for tag in names(row.cells.get("tags", ""))} - {CLEAR}
    found["tags"] = {tag.name_key: tag for tag in Tag.objects.filter(name_key__in=tags)} if tags else {}
    codes = {row.cells.get("revenue_account", "").split(" ")[0] for row in rows} - {"", CLEAR}
    found["revenue_account"] = {each.code: each for each in Account.objects.filter(code__in=codes)} if codes else {}
    return found


def planned_row(row: FileRow, columns: Mapping[str, Column], facts: Facts, *, comma: bool) -> PlannedRow:
    sku = plain(row.cells.get("sku", ""))
    product = facts.products.get(fold(sku))
    old = facts.cells[product.pk] if product else {}
    label = f"{product.sku} {product.name}" if product else f"{sku} {row.cells.get('name', '')}".strip()
    planned = PlannedRow(row=row, label=label or "–", is_new=product is None)
    planned.identity = str(product.pk) if product else fold(sku)
    if not fold(sku):
        planned.problem = _("There is no SKU in this line.")
        return planned
    reader = _Reader(facts, planned, comma=comma)
    new: Cells = {}
    for key, column in columns.items():  # in their order: databases do not keep that of the cells
        text = row.cells.get(key, "")
        if not text or (product and (key == "sku" or plain(text) == old.get(key, ""))):
            continue
        value = reader.read(key, text, column.head)
        if value is not None and value != old.get(key, ""):
            new[key] = value
    if new.get("family") == "":
        new = {**{f"option{n}": "" for n in (1, 2, 3) if old.get(f"option{n}")}, **new}
        old = {**old, **dict.fromkeys(("option1_name", "option2_name", "option3_name"), "")}
    _check(planned, product, {**_DEFAULTS, **old, **new} if product is None else {**old, **new}, facts)
    if planned.problem and product:
        planned.fix_label, planned.fix_url = _("Open the product"), reverse("inventory:product", args=[product.pk])
    if not planned.problem:
        _claim(planned, product, {**old, **new}, facts)
    planned.changes = [
        Change(label=columns[key].head, old=_shown(key, old.get(key, "")), new=_shown(key, text))
        for key, text in new.items()
    ]
    planned.facts = Wanted(product=product, old=old, new=new)
    return planned


def _shown(key: str, text: str) -> str:
    """A price with the two decimals that people expect, unless it has more."""
    if not key.startswith(PRICE) or not text:
        return text
    rounded = to_currency(Decimal(text), "")
    return str(rounded) if rounded == Decimal(text) else text


class _Reader:
    """Texts of cells as exports would write them; the first problem of the row is kept."""

    def __init__(self, facts: Facts, planned: PlannedRow, *, comma: bool) -> None:
        self.facts, self.planned, self.comma = facts, planned, comma

    def read(self, key: str, text: str, head: str) -> str | None:
        """None where the cell cannot be understood."""
        try:
            if text == CLEAR and key != "sku":
                if key in _NEVER_EMPTY:
                    raise CellProblem(_("It cannot be empty."))
                return ""
            return self._parse(key, text)
        except CellProblem as problem:
            self.planned.problem = self.planned.problem or f"{head}: {problem}"
            return None

    def _parse(self, key: str, text: str) -> str:
        if key in NUMBERS or key.startswith(PRICE):
            value = number(text, decimal_comma=self.comma)
            if value < 0:
                raise CellProblem(_("It cannot be below zero."))
            return digits(value)
        if key in CHOICES:
            return _choice(key, text)
        if key in RELATIONS or key in {"tags", "revenue_account"}:
            return self._entry(key, text)
        if key == "images":
            return self._images(text)
        if len(text) > (most := _LENGTHS.get(key, 1000 if key != "description" else 200_000)):
            raise CellProblem(_("It is longer than %(most)s characters.") % {"most": most})
        if key == "description":
            return plain(sanitize(text))
        return self._family(text) if key == "family" else plain(text)

    def _entry(self, key: str, text: str) -> str:
        if key == "tags":
            return joined([self._named("tags", name) for name in dict.fromkeys(names(text))])
        if key == "revenue_account":
            account = self.facts.books[key].get(text.split(" ")[0])
            if account is None:
                raise CellProblem(_("There is no account “%(name)s”.") % {"name": text})
            return plain(account.code)
        return self._named(key, plain(text))

    def _named(self, key: str, name: str) -> str:
        entry = self.facts.books[key].get(fold(name))
        if entry is not None:
            return plain(str(entry))
        if key not in MADE and key != "tags":
            raise CellProblem(_("There is no “%(name)s”. Add it to the reference books first.") % {"name": name})
        if len(name) > 256:
            raise CellProblem(_("It is longer than %(most)s characters.") % {"most": 256})
        words = {"category": _("Category %(name)s"), "brand": _("Brand %(name)s"), "tags": _("Tag %(name)s")}
        self.planned.makes.append(words[key] % {"name": name})
        return name

    def _family(self, text: str) -> str:
        family = self.facts.families.get(fold(text))
        if family is None:
            self.planned.makes.append(_("Family %(name)s") % {"name": plain(text)})
        return plain(family.name) if family else plain(text)

    def _images(self, text: str) -> str:
        found = [plain(each) for each in addresses(text)]
        bad = next((each for each in found if not each.startswith(("http://", "https://")) or len(each) > 1000), None)
        if bad is not None:
            raise CellProblem(_("“%(text)s” is no web address.") % {"text": bad[:100]})
        return "\n".join(found)


def _choice(key: str, text: str) -> str:
    """The value of a choice by its value or its word."""
    choices: Iterable[tuple[str, Any]] = Product._meta.get_field(key).choices or ()  # type: ignore[union-attr]
    for value, word in choices:
        if fold(text) in {fold(str(value)), fold(str(word))}:
            return str(value)
    allowed = ", ".join(str(value) for value, _word in choices)
    raise CellProblem(_("“%(text)s” is none of %(allowed)s.") % {"text": text[:100], "allowed": allowed})


def _check(planned: PlannedRow, product: Product | None, cells: Mapping[str, str], facts: Facts) -> None:
    """What stands against the row as a whole."""
    for check in (_check_name, _check_family, _check_type, _check_images, _check_custom):
        planned.problem = planned.problem or check(product, cells, facts)


def _check_name(product: Product | None, cells: Mapping[str, str], facts: Facts) -> str:
    if not cells.get("name"):
        return _("A new product needs a name.")
    if len(cells["sku"]) > 255:
        return _("The SKU is longer than 255 characters.")
    owner = facts.owners.get(fold(cells["name"]))
    if owner is not None and owner != (product.pk if product else None):
        return _("Another product is named “%(name)s” already.") % {"name": cells["name"][:200]}
    return ""


def _check_family(product: Product | None, cells: Mapping[str, str], facts: Facts) -> str:
    if not cells.get("family"):
        named = any(cells.get(f"option{n}") or cells.get(f"option{n}_name") for n in (1, 2, 3))
        return _("Options need a family.") if named else ""
    heads = [bool(cells.get(f"option{n}_name")) for n in (1, 2, 3)]
    family = facts.families.get(fold(cells["family"]))
    if family is None and product is not None and product.family and fold(product.family.name) == fold(cells["family"]):
        family = product.family
    if family is None and heads != sorted(heads, reverse=True):
        return _("Name option 1 before 2, and 2 before 3.")
    for place in (1, 2, 3):
        there, wanted = plain(getattr(family, f"option{place}_name", "")), cells.get(f"option{place}_name", "")
        if family and there and wanted and there != wanted:
            return _("Option %(place)s of family “%(family)s” is named “%(name)s”. Rename it on its page.") % {
                "place": place, "family": family.name, "name": there,
            }  # fmt: skip
    owner = facts.variations.get(_variation(cells, family))
    if owner is not None and owner != (product.pk if product else None):
        return _("Another variation of this family has the same option values.")
    return ""


def _check_type(product: Product | None, cells: Mapping[str, str], facts: Facts) -> str:
    if product is None or cells["type"] == ProductType.STOCK:
        return ""
    if product.pk in facts.moved:
        return _("This product has stock movements or documents, so it stays a stock product. Deprecate it instead.")
    if product.pk in facts.in_bills:
        return _("This product is built from others or part of them, so it stays a stock product.")
    return ""


def _check_images(product: Product | None, cells: Mapping[str, str], facts: Facts) -> str:
    if product is None or product.pk not in facts.filed or cells["images"] == facts.cells[product.pk]["images"]:
        return ""
    return _("It has pictures that were uploaded. Change its pictures on its page.")


def _check_custom(product: Product | None, cells: Mapping[str, str], facts: Facts) -> str:
    nameless = any(
        cells.get(f"custom{place}") and not cells.get(f"custom{place}_name") for place in range(1, CUSTOM_FIELDS + 1)
    )
    return _("A custom field with a value needs a name.") if nameless else ""


def _claim(planned: PlannedRow, product: Product | None, cells: Mapping[str, str], facts: Facts) -> None:
    """The next rows see that these option values are taken."""
    if cells.get("family"):
        key = _variation(cells, facts.families.get(fold(cells["family"])) or (product.family if product else None))
        facts.variations.setdefault(key, product.pk if product else -planned.row.line)


def _variation(cells: Mapping[str, str], family: Family | None) -> tuple[Any, ...]:
    """What may be in a family once; a family that is not there yet goes by its name."""
    place = family.pk if family is not None and fold(family.name) == fold(cells["family"]) else fold(cells["family"])
    return place, *(fold(cells.get(f"option{n}", "")) for n in (1, 2, 3))
