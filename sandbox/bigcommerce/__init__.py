"""BigCommerce stores: ``/stores/<hash>/v2/…`` and ``/v3/…``, and the pages beside them."""
