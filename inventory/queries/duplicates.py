"""Customers that may be the same (SPEC INV-11): one group a page line, found by the database."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import Count, F, Func, Q, QuerySet, Value
from django.db.models.functions import Concat, Lower, Replace

from inventory.enums import RecordStatus
from inventory.models import Customer
from inventory_sync.lib.text import fold

By = Literal["email", "phone", "company"]
WAYS: tuple[By, ...] = ("email", "phone", "company")
_SHOWN = 20
_SIGNS = " -/().+"
_BETWEEN = "\x1f"


@dataclass(frozen=True, kw_only=True)
class DuplicateGroup:
    """Customers that share an e-mail, or a name with phone or company; the first `_SHOWN` of them."""

    key: str
    count: int
    customers: Sequence[Customer]


def _keyed(by: By) -> QuerySet[Any, Any]:
    rows = Customer.objects.filter(status=RecordStatus.ACTIVE)
    if by == "email":
        return rows.exclude(email_key="").annotate(same=F("email_key"))
    if by == "phone":
        digits: Any = F("phone")
        for sign in _SIGNS:
            digits = Replace(digits, Value(sign), Value(""))
        return rows.exclude(phone="").annotate(same=Concat("name_key", Value(_BETWEEN), _digits_from(digits)))
    return rows.exclude(company="").annotate(same=Concat("name_key", Value(_BETWEEN), Lower("company")))


def _digits_from(digits: Any) -> Any:
    """A leading country prefix or zero does not tell two phones apart."""
    return Func(digits, Value("0"), function="LTRIM")


def duplicate_groups(by: By) -> QuerySet[Any, dict[str, Any]]:
    """(same, count) of every group of two and more, in order of the key; to be paged."""
    groups: QuerySet[Any, dict[str, Any]] = _keyed(by).order_by().values("same").annotate(count=Count("pk"))
    found: QuerySet[Any, dict[str, Any]] = groups.filter(count__gt=1).order_by("same")
    return found


def with_members(by: By, groups: Iterable[dict[str, Any]]) -> list[DuplicateGroup]:
    """The customers of a page of groups; one statement."""
    counted = {group["same"]: group["count"] for group in groups}
    members: dict[str, list[Customer]] = defaultdict(list)
    if counted:
        indexed = {"email_key__in": counted} if by == "email" else {"name_key__in": {_name(key) for key in counted}}
        rows = _keyed(by).filter(same__in=list(counted), **indexed).order_by("pk")
        for row in rows[: _SHOWN * len(counted)]:
            members[row.same].append(row)
    return [DuplicateGroup(key=key, count=count, customers=members[key][:_SHOWN]) for key, count in counted.items()]


def _name(key: str) -> str:
    return key.partition(_BETWEEN)[0]


def duplicates_of(customer: Customer) -> list[Customer]:
    """Others that may be this one, by any of the ways; one statement."""
    alike = Q(name_key=customer.name_key) | (Q(email_key=customer.email_key) & ~Q(email_key=""))
    rows = Customer.objects.filter(alike, status=RecordStatus.ACTIVE).exclude(pk=customer.pk).order_by("pk")
    return [row for row in rows[:200] if _is_alike(row, customer)][:_SHOWN]


def _is_alike(one: Customer, other: Customer) -> bool:
    if one.email_key and one.email_key == other.email_key:
        return True
    phones = _digits(one.phone), _digits(other.phone)
    companies = fold(one.company), fold(other.company)
    return any(first and first == second for first, second in (phones, companies))


def _digits(phone: str) -> str:
    return "".join(sign for sign in phone if sign not in _SIGNS).lstrip("0")
