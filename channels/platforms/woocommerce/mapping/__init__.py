"""The store's JSON into our dataclasses and back."""
