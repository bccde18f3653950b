"""Products from a file (SPEC INV-6): SKU is the key; only columns and cells that say something change anything."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from inventory.models import Family, Product, Tag
from inventory.models.products import CUSTOM_FIELDS
from inventory.services.books import ensure_named
from inventory.services.family_upserts import FamilyDraft, upsert_families
from inventory.services.imports_product_plan import MADE, Wanted, entries_named, facts_of, planned_row
from inventory.services.imports_rows import Act, FileRow, PlannedRow
from inventory.services.imports_values import addresses, names, plain
from inventory.services.product_details import ImageDraft
from inventory.services.product_upserts import ProductDraft, upsert_products
from inventory.services.products_as_cells import CHOICES, NUMBERS, PRICE, RELATIONS, Column, product_columns
from inventory_sync.lib.text import fold

PRODUCTS = "inventory.import_products"
_OWN = ("name", "option1", "option2", "option3")
_AS_TYPED = (*CHOICES, "barcode", "option1", "option2", "option3", "description")


class _TakenMeanwhile(Exception):
    """Somebody took the name or the option values between our reading and our writing."""


class ProductImport:
    """See `imports_rows.ImportKind`."""

    kind = PRODUCTS
    permission = "inventory.import_product"
    required: tuple[str, ...] = ("sku",)
    unique: tuple[tuple[str, ...], ...] = (("sku",), ("name",))

    def title(self) -> str:
        return _("Import products")

    def columns(self) -> list[Column]:
        return product_columns()

    def plan(self, rows: Sequence[FileRow], *, options: Mapping[str, Any]) -> list[PlannedRow]:
        columns = {column.key: column for column in self.columns()}
        facts = facts_of(rows)
        return [planned_row(row, columns, facts, comma=bool(options.get("comma"))) for row in rows]

    def lock(self, rows: Sequence[FileRow], *, options: Mapping[str, Any]) -> None:
        keys = [fold(row.cells.get("sku", "")) for row in rows]
        list(Product.objects.select_for_update().filter(sku_key__in=keys).order_by("pk").values_list("pk"))

    def apply(self, rows: Sequence[PlannedRow], act: Act) -> Mapping[int, str]:
        wanted = {each.row.line: each.facts for each in rows}
        families = upsert_families(
            [
                FamilyDraft(
                    key=str(line), name=each.new.get("family") or each.old["family"], option_names=_options(each)
                )
                for line, each in wanted.items()
                if each.new.get("family") or (each.old.get("family") and _options(each))
            ],
            user=act.user,
            now=act.now,
        )
        made = {
            name: ensure_named((each.new.get(name, "") for each in wanted.values()), model=model)
            for name, model in MADE.items()
        }
        tags = ensure_named((tag for each in wanted.values() for tag in names(each.new.get("tags", ""))), model=Tag)
        books = entries_named([each.row for each in rows]) | made
        drafts = [_draft(str(line), each, families.get(str(line)), books, tags) for line, each in wanted.items()]
        result = upsert_products(drafts, action=_("Imported from a file"), user=act.user, now=act.now)
        for each in result.done:
            new = wanted[int(each.key)].new
            if any(plain(getattr(each.product, name)) != new[name] for name in _OWN if name in new):
                raise _TakenMeanwhile(each.key)  # the step is rolled back and planned again
        return {int(key): problem for key, problem in result.refused.items()}


def _options(wanted: Wanted) -> tuple[str, ...]:
    """Names of the family's options, as far as the file gives them."""
    cells = {**wanted.old, **wanted.new}
    given = [cells.get(f"option{n}_name", "") for n in (1, 2, 3)]
    return tuple(name for name in given if name)


def _draft(
    key: str, wanted: Wanted, family: Family | None, books: Mapping[str, Mapping[str, Any]], tags: Mapping[str, Tag]
) -> ProductDraft:
    new, product = wanted.new, wanted.product
    columns: dict[str, Any] = {name: new[name] for name in _AS_TYPED if name in new}
    columns |= {name: Decimal(new[name]) if new[name] else None for name in NUMBERS if name in new}
    columns |= {name: books[name][fold(new[name])] if new[name] else None for name in RELATIONS if name in new}
    if "revenue_account" in new:
        columns["revenue_account"] = (
            books["revenue_account"][new["revenue_account"]] if new["revenue_account"] else None
        )
    if "family" in new:
        columns["family"] = family
    prices = {
        int(name.removeprefix(PRICE)): Decimal(text) if text else None
        for name, text in new.items()
        if name.startswith(PRICE)
    }
    return ProductDraft(
        key=key,
        sku=product.sku if product else new["sku"],
        name=new.get("name") or (product.name if product else ""),
        product_id=product.pk if product else None,
        is_exact=True,
        columns=columns,
        prices=prices or None,
        custom_fields=_custom(wanted) if any(name.startswith("custom") for name in new) else None,
        images=[ImageDraft(url=url) for url in addresses(new["images"])] if "images" in new else None,
        tags=[tags[fold(name)] for name in names(new["tags"])] if "tags" in new else None,
    )


def _custom(wanted: Wanted) -> list[tuple[str, str]]:
    cells = {**wanted.old, **wanted.new}
    places = range(1, CUSTOM_FIELDS + 1)
    return [(cells.get(f"custom{place}_name", ""), cells.get(f"custom{place}", "")) for place in places]
