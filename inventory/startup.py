"""What the inventory registers when Django starts."""


def connect() -> None:
    """Idempotent."""
