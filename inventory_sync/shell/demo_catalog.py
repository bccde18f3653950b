"""What the demo shop sells and to whom. Most SKUs are in the sandbox stores too, so that downloading links them."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class DemoProduct:
    """Prices include tax; stock in the warehouse and in the shop."""

    sku: str
    name: str
    category: str
    brand: str
    price: str
    warehouse: int
    shop: int = 0
    cost: str = ""
    barcode: str = ""
    reduced_tax: bool = False
    options: tuple[str, ...] = ()

    @property
    def amount(self) -> Decimal:
        return Decimal(self.price)

    @property
    def wholesale(self) -> Decimal:
        """Without tax, less a third."""
        return (self.amount / Decimal("1.19") * 2 / 3).quantize(Decimal("0.01"))

    @property
    def unit_cost(self) -> Decimal:
        return Decimal(self.cost) if self.cost else (self.amount * Decimal("0.4")).quantize(Decimal("0.01"))


@dataclass(frozen=True, kw_only=True)
class DemoCustomer:
    name: str
    line_1: str
    postcode: str
    city: str
    country: str
    email: str = ""
    company: str = ""


SIMPLE = (
    DemoProduct(
        sku="RS-HW45-TAN",
        name="Trekkingrucksack „Höhenweg“ 45 l",
        category="Backpacks",
        brand="Nordhafen",
        price="189.90",
        warehouse=14,
        shop=3,
        cost="92.50",
        barcode="4006381333931",
    ),
    DemoProduct(
        sku="IM-R42",
        name="Isomatte R 4,2 selbstaufblasend",
        category="Sleeping",
        brand="Polarstern",
        price="89.95",
        warehouse=58,
        shop=6,
    ),
    DemoProduct(
        sku="ZE-2P",
        name="Kuppelzelt „Elbsand“ 2 Personen",
        category="Tents",
        brand="Nordhafen",
        price="329.00",
        warehouse=7,
        shop=1,
    ),
    DemoProduct(
        sku="ZH-Y10",
        name="Zelthering-Set Y-Profil, 10 Stück",
        category="Tents",
        brand="Nordhafen",
        price="14.90",
        warehouse=1840,
        shop=60,
    ),
    DemoProduct(
        sku="KO-GAS1",
        name="Gas stove „Mücke“ 3 000 W",
        category="Camp kitchen",
        brand="Nordhafen",
        price="44.50",
        warehouse=41,
        shop=4,
    ),
    DemoProduct(
        sku="TF-075",
        name="Thermosflasche Edelstahl 0,75 l",
        category="Camp kitchen",
        brand="Nordhafen",
        price="29.90",
        warehouse=405,
        shop=22,
    ),
    DemoProduct(
        sku="BK-KARTE",
        name="Hiking map “North Sea coast” 1:50 000",
        category="Backpacks",
        brand="Nordhafen",
        price="12.80",
        warehouse=120,
        shop=15,
        reduced_tax=True,
    ),
    DemoProduct(
        sku="WG-HAMBURG",
        name="Enamel mug “Hamburg”, only in the shop",
        category="Camp kitchen",
        brand="Nordhafen",
        price="12.50",
        warehouse=0,
        shop=48,
    ),
)

FAMILY_NAME = "Merino-Langarmshirt Damen 180 g/m²"
FAMILY_OPTIONS = ("Size", "Color")
VARIATIONS = tuple(
    DemoProduct(
        sku=f"SH-MER180-{size}-{color.upper()[:4]}",
        name=f"{FAMILY_NAME} {size} {color}",
        category="Clothing",
        brand="Fjellvær",
        price="79.90",
        warehouse=4 + number * 3,
        options=(size, color),
    )
    for number, (size, color) in enumerate((size, color) for size in ("S", "M", "L") for color in ("Moss", "Ink"))
)

CUSTOMERS = (
    DemoCustomer(
        name="Online customers",
        line_1="Speicherstraße 12",
        postcode="20457",
        city="Hamburg",
        country="DE",
    ),
    DemoCustomer(
        name="Anke Brandt",
        line_1="Hauptstraße 5",
        postcode="24103",
        city="Kiel",
        country="DE",
        email="anke.brandt@example.com",
    ),
    DemoCustomer(
        name="Yılmaz Bergsport GmbH",
        line_1="Hauptstraße 5",
        postcode="80331",
        city="München",
        country="DE",
        email="mehmet.ylmaz@example.com",
        company="Yılmaz Bergsport GmbH",
    ),
)
