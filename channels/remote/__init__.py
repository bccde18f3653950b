"""What stores tell us and what we tell them, in our own words: frozen dataclasses that no store's JSON, word or id type
leaks past.

Money is Decimal in the order's currency, net of tax unless said otherwise; times are aware; ids are strings.
"""

from channels.remote.desired import (
    DesiredProduct,
    DesiredShipment,
    DesiredVariant,
    OrderStatus,
    ProductResult,
    RemoteShipment,
)
from channels.remote.names import (
    TAX_FREE,
    RemoteName,
    TaxNameKind,
    Tracking,
)
from channels.remote.orders import (
    ChargeKind,
    CustomerPage,
    LineKind,
    Milestones,
    OrderPage,
    OrderRef,
    RemoteAddress,
    RemoteCharge,
    RemoteCustomer,
    RemoteOrder,
    RemoteOrderLine,
    RemotePayment,
    TenderKind,
)
from channels.remote.products import (
    ProductPage,
    RemoteImage,
    RemoteOptionValue,
    RemoteProduct,
    RemoteVariant,
    StockItem,
    StockLevelAtStore,
    StockResult,
    StockUpdate,
)
from channels.remote.refunds import (
    RefundCharge,
    RefundLine,
    RemoteRefund,
)
from channels.remote.store import (
    HookState,
    RemoteNotice,
    StoreIdentity,
)

__all__ = [
    "TAX_FREE",
    "ChargeKind",
    "CustomerPage",
    "DesiredProduct",
    "DesiredShipment",
    "DesiredVariant",
    "HookState",
    "LineKind",
    "Milestones",
    "OrderPage",
    "OrderRef",
    "OrderStatus",
    "ProductPage",
    "ProductResult",
    "RefundCharge",
    "RefundLine",
    "RemoteAddress",
    "RemoteCharge",
    "RemoteCustomer",
    "RemoteImage",
    "RemoteName",
    "RemoteNotice",
    "RemoteOptionValue",
    "RemoteOrder",
    "RemoteOrderLine",
    "RemotePayment",
    "RemoteProduct",
    "RemoteRefund",
    "RemoteShipment",
    "RemoteVariant",
    "StockItem",
    "StockLevelAtStore",
    "StockResult",
    "StockUpdate",
    "StoreIdentity",
    "TaxNameKind",
    "TenderKind",
    "Tracking",
]
