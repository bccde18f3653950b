"""Download and first stock update of WooCommerce stores of 1 000 and of 10 000 products with twice the variations.

Run by the product in fresh processes on an SQLite file, against a sandbox in another process. The floor fetches and
parses the same pages one after the other. `calls` stand beside the least that the API allows (docs/performance.md),
besides those for units and categories.
"""

import tempfile
from dataclasses import dataclass
from typing import Any

from benchmarks.figures import Figure
from benchmarks.store import step, woocommerce_store

LIST_PAGE = 100
VARIATIONS = 10
"""Of one family; a fifth of the products are families."""
GROWTH = 1.3
"""Most that the peak of memory may grow when the catalog grows tenfold."""
SLACK = 1.05
"""Most calls, as a share of the least."""


@dataclass(frozen=True, kw_only=True)
class Catalog:
    version: str
    products: int

    @property
    def families(self) -> int:
        return self.products // 5

    @property
    def least_calls(self) -> int:
        """Pages of products, and of variations: of the whole store from 10.3 on, of each family before."""
        by_store = self.version == "10.3.0"
        pages = self.families * VARIATIONS // LIST_PAGE if by_store else self.families
        return self.products // LIST_PAGE + pages

    @property
    def least_pushes(self) -> int:
        return (self.products - self.families) // LIST_PAGE + self.families


def measure() -> list[Figure]:
    """Raises AssertionError where calls or memory leave their bounds."""
    figures: list[Figure] = []
    for version in ("10.3.0", "10.0.2"):
        small, big = (_of(Catalog(version=version, products=count)) for count in (1_000, 10_000))
        growth = [after.peak_mib / before.peak_mib for before, after in zip(small, big, strict=True)]
        assert max(growth) <= GROWTH, f"memory grew by {growth}"
        figures += [*small, *big]
    return figures


def _of(catalog: Catalog) -> tuple[Figure, Figure]:
    shape = {"products": catalog.products, "families": catalog.families, "variations_each": VARIATIONS}
    with (
        tempfile.TemporaryDirectory() as folder,
        woocommerce_store(version=catalog.version, **shape) as url,
    ):
        step("connect", folder, url)
        download, floor, push = (step(name, folder, url) for name in ("download", "fetch", "push"))
    least, pushes = catalog.least_calls, catalog.least_pushes
    assert download["items"] == push["items"] == catalog.products - catalog.families + catalog.families * VARIATIONS
    assert download["calls"] <= least * SLACK, f"{download['calls']} calls instead of {least}"
    assert push["calls"] == pushes, f"{push['calls']} calls instead of {pushes}"
    what = f"WooCommerce {catalog.version}, {catalog.products} products"
    return (
        _figure(f"download, {what}", download, floor["milliseconds"], least),
        _figure(f"first push, {what}", push, push["sending"], pushes),
    )


def _figure(name: str, found: dict[str, Any], floor: float, least: int) -> Figure:
    return Figure(
        name=name,
        ours=found["milliseconds"],
        floor=floor,
        statements=found["statements"],
        calls=found["calls"],
        least_calls=least,
        peak_mib=found["peak_mib"],
    )
