"""When who broke a task down hears of its parts: that one is late, or asks for 办结."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from rules.nags.levels import Level
from rules.nags.policy import DutyKind, Policy, Rung, RungMeasure

_LEADERS: Final = frozenset({Level.LEADER_IN_CHARGE, Level.PRINCIPAL_LEADER})
HEARD: Final = (DutyKind.TASK, DutyKind.UNSIGNED, DutyKind.REPORT)
"""The kinds of duties of a child of which they hear when it is late."""
_AT_FIRST: Final = frozenset({DutyKind.TASK, DutyKind.REPORT})


def for_deciders(policy: Policy) -> Policy:
    """The policy by which they hear.

    They hear on the first working day after the limit (of a 签收 not so soon) and, after the limit, whenever
    a leader of the child's unit hears. Of a missing report they hear each working day, as who owes it does:
    it is the report of the whole that is missing. Of a kind about which nobody is nagged they hear nothing.
    Of a request for 办结 they hear on its own rungs.
    """
    late = [rung for kind in HEARD for rung in _of_kind(kind, policy.of(kind))]
    asked = [replace(rung, hears=(Level.DECIDER,)) for rung in policy.of(DutyKind.BELOW_ASKED)]
    return replace(policy, rungs=tuple(dict.fromkeys([*late, *asked])))


def _of_kind(kind: DutyKind, known: tuple[Rung, ...]) -> list[Rung]:
    hears = (Level.DECIDER,)
    every = 1 if kind is DutyKind.REPORT else None
    first = [Rung(kind, 1, RungMeasure.WORKING_DAY, hears, every)] if known and kind in _AT_FIRST else []
    late = (rung for rung in known if rung.measure is not RungMeasure.PERCENT and rung.offset > 0)
    return first + [replace(rung, hears=hears) for rung in late if _LEADERS & {*rung.hears}]
