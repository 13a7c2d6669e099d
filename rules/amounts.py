"""Quantities as people write them: 576, 11.6万, 116,000."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

WAN: Final = Decimal(10_000)

REPORTED_LIMIT: Final = Decimal(10**12)
"""A number in a report and the total of a metric stay below this. So the sums over hundreds of metrics fit
into the database's 64 bits; otherwise one wild number would stop every tally."""


def in_wan(value: Decimal, decimals: int = 2) -> str:
    """``11.6万`` if the value has at most so many decimals in 万, else the plain number. It never rounds."""
    scaled = value / WAN
    if abs(value) >= WAN and scaled == round(scaled, decimals):
        return f"{_plain(scaled)}万"
    return _plain(value)


def as_stated(value: Decimal) -> str:
    """``10100``, ``1.2万`` or ``11.62万``: below 100,000, people write 万 only with one decimal."""
    return in_wan(value, 2 if abs(value) >= 10 * WAN else 1)


def grouped(value: Decimal) -> str:
    """``116,000`` with up to four decimals, without trailing zeros."""
    text = f"{value:,.4f}".rstrip("0").rstrip(".")
    return text or "0"


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
