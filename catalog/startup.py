"""What the catalog registers when Django starts."""


def connect() -> None:
    """Idempotent."""
