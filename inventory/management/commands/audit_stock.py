"""Prove that levels and allocations are the sums of the ledger; name what differs, heal it on request."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from inventory.models import Location, Product
from inventory.queries.proof import (
    BrokenReversal,
    Difference,
    allocation_differences,
    broken_reversals,
    level_differences,
)
from inventory.services.stock_repair import confirm_differences, repair_differences


class Command(BaseCommand):
    help = "Compares stock levels and allocations with the ledger. Exit code 1 when something differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true", help="set what differs to the sums of the ledger")

    def handle(self, *args: Any, repair: bool, **options: Any) -> None:
        differences = confirm_differences([*level_differences(), *allocation_differences()])
        reversals = list(broken_reversals())
        self._show(differences, reversals)
        left: Sequence[Difference] = differences
        if repair and differences:
            left = repair_differences(differences)
            self.stdout.write(_("%(count)s repaired.") % {"count": len(differences) - len(left)})
        if left or reversals:
            raise CommandError(_("%(count)s differences.") % {"count": len(left) + len(reversals)}, returncode=1)
        self.stdout.write(self.style.SUCCESS(_("Stock levels and allocations are the sums of the ledger.")))

    def _show(self, differences: Sequence[Difference], reversals: Sequence[BrokenReversal]) -> None:
        products = Product.objects.only("sku").in_bulk({each.product_id for each in differences})
        locations = Location.objects.in_bulk({each.location_id for each in differences})
        for each in differences:
            self.stdout.write(
                _("%(sku)s at %(location)s%(owner)s: %(column)s is %(stored)s, the ledger says %(ledger)s")
                % {
                    "sku": products[each.product_id].sku,
                    "location": locations[each.location_id].name,
                    "owner": f" ({each.owner_key})" if each.owner_key else "",
                    "column": each.column,
                    "stored": f"{each.stored.normalize():f}",
                    "ledger": f"{each.ledger.normalize():f}",
                }
            )
        for reversal in reversals:
            self.stdout.write(
                _("%(key)s is not the mirror of %(reversed)s")
                % {"key": reversal.key, "reversed": reversal.reversed_key}
            )
