"""Keys and search text, folded in Python because SQLite folds ASCII only."""

import unicodedata


def fold(text: str) -> str:
    """Key under which two spellings are the same: NFKC, casefold, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def searchable(*parts: str) -> str:
    """Text of a `search` column: folded and without accents, so that “Hohe” finds “Höhe”."""
    folded = fold(" ".join(part for part in parts if part))
    decomposed = unicodedata.normalize("NFKD", folded)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def clip(text: str, length: int) -> str:
    """Fit outside text into a column: no NUL (PostgreSQL refuses it), at most `length` characters."""
    return text.replace("\x00", "")[:length]
