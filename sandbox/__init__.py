"""Sandbox stores: stateful emulators of store platforms' HTTP APIs for demos and tests.

One process serves several stores: BigCommerce's under ``/stores/<hash>/``, WooCommerce's under ``/woo/<store>/``.
What all platforms share is here, what is one platform's in its package. It knows nothing of the product's applications.
"""
