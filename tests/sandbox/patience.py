"""How long the product waits for a sandbox store: long, because a busy machine is no broken store."""

from dataclasses import replace

import pytest

from channels.platforms.bigcommerce import store as bigcommerce
from channels.platforms.http import Patience
from channels.platforms.woocommerce import store as woocommerce

LONG = 60.0


def be_patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody waits for in a browser is not given up before a minute; all else stays as it is."""
    for module in (bigcommerce, woocommerce):
        dialect = module.DIALECT
        impatient = replace(dialect.impatient, timeout=(LONG, LONG), slowest=2 * LONG)
        monkeypatch.setattr(module, "DIALECT", replace(dialect, impatient=impatient))


def hurry(monkeypatch: pytest.MonkeyPatch, *, attempts: int, seconds: float) -> None:
    """Jobs wait for an answer for so long, and try so often."""
    patience = Patience(attempts=attempts, timeout=(LONG, seconds))
    for module in (bigcommerce, woocommerce):
        monkeypatch.setattr(module, "DIALECT", replace(module.DIALECT, patient=patience))
