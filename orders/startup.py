"""What orders register when Django starts."""


def connect() -> None:
    """Idempotent."""
