"""What channels register when Django starts."""

from channels.registry import discover_platforms


def connect() -> None:
    """Idempotent."""
    discover_platforms()
