"""The only way stock changes (SPEC INV-3 to INV-5): postings of movements, with levels and allocations kept as sums.

Every function is idempotent by its `key`: a second call with the same key changes nothing and returns the same posting.
"""
