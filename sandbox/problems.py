"""What the sandbox refuses, in the words of its control API and its pages."""


class Problem(Exception):
    """An answer that is not a success; platforms render their own kinds in their own shape."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
