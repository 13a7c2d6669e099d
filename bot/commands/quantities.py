"""``chuangcheng quantities``: prints what a sentence states; it needs no settings and no database."""

from __future__ import annotations

import json
import sys
from decimal import Decimal

from rules.progress.quantities import read_quantities


def print_quantities(text: str) -> None:
    """Print one JSON list to stdout: item, value, unit, approx."""
    found = [
        {"item": q.item, "value": _number(q.value), "unit": q.unit, "approx": q.approx}
        for q in read_quantities(text)
    ]
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
