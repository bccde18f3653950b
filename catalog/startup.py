"""What the catalog registers when Django starts."""

from catalog import receivers
from catalog.handlers import RUN_STEPS, STOCK_HANDLER
from channels.registry import registry


def connect() -> None:
    """Idempotent."""
    receivers.connect()
    registry.add_handler(STOCK_HANDLER)
    registry.run_steps.update(RUN_STEPS)
