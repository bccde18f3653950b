"""Sandbox stores: a stateful emulator of a store platform's HTTP API for demos and tests.

One process serves several stores under ``/stores/<hash>/``. It knows nothing of the product's applications.
"""
