"""When who broke a task down hears that a part of it is late: a rule that follows the policy."""

from __future__ import annotations

from datetime import time

import pytest

from rules.nags.decider_rungs import for_deciders
from rules.nags.levels import Level
from rules.nags.policy import DEFAULT, DutyKind, Policy, Rung, RungMeasure

PERSON, SECTION, OFFICE = Level.RESPONSIBLE, Level.SECTION, Level.OFFICE
IN_CHARGE, PRINCIPAL = Level.LEADER_IN_CHARGE, Level.PRINCIPAL_LEADER
DAY, HOUR, PERCENT = RungMeasure.WORKING_DAY, RungMeasure.WORKING_HOUR, RungMeasure.PERCENT
ABOVE = (Level.DECIDER,)
TASK, UNSIGNED, REPORT = DutyKind.TASK, DutyKind.UNSIGNED, DutyKind.REPORT


def test_the_default() -> None:
    """On the first day, and where a leader hears; of a 签收 only there, of a report each working day."""
    assert for_deciders(DEFAULT).rungs == (
        Rung(TASK, 1, DAY, ABOVE),
        Rung(TASK, 3, DAY, ABOVE, every=5),
        Rung(TASK, 5, DAY, ABOVE),
        Rung(TASK, 1, DAY, ABOVE, inspection=True),
        Rung(UNSIGNED, 2, DAY, ABOVE),
        Rung(REPORT, 1, DAY, ABOVE, every=1),
        Rung(REPORT, 2, DAY, ABOVE),
        Rung(DutyKind.BELOW_ASKED, 1, DAY, ABOVE, every=1),
    )


@pytest.mark.parametrize(
    ("rung", "heard"),
    [
        (Rung(TASK, -1, DAY, (PERSON, IN_CHARGE)), []),  # before the limit
        (Rung(TASK, 0, DAY, (PRINCIPAL,)), []),  # on its day
        (Rung(REPORT, 90, PERCENT, (PERSON, IN_CHARGE)), []),
        (Rung(TASK, 4, DAY, (PERSON, SECTION, OFFICE), every=2), []),  # no leader
        (Rung(TASK, 4, DAY, (PERSON, IN_CHARGE), every=2), [Rung(TASK, 4, DAY, ABOVE, every=2)]),
        (Rung(TASK, 4, DAY, (PRINCIPAL,), at=time(15)), [Rung(TASK, 4, DAY, ABOVE, at=time(15))]),
        (Rung(REPORT, 6, HOUR, (IN_CHARGE,)), [Rung(REPORT, 6, HOUR, ABOVE)]),
        (Rung(UNSIGNED, 6, HOUR, (IN_CHARGE,)), [Rung(UNSIGNED, 6, HOUR, ABOVE)]),
        (Rung(UNSIGNED, 1, DAY, (PERSON,)), []),
        (Rung(DutyKind.EXTENSION, 4, HOUR, (OFFICE,)), []),
        (Rung(DutyKind.ORDER, 3, DAY, (IN_CHARGE,)), []),
    ],
)
def test_a_rung_of_the_office(rung: Rung, heard: list[Rung]) -> None:
    every = 1 if rung.kind == REPORT else None
    first = [Rung(rung.kind, 1, DAY, ABOVE, every)] if rung.kind in {TASK, REPORT} else []
    found = for_deciders(Policy((rung,), version=7))
    assert [one for one in found.rungs if one.kind != DutyKind.BELOW_ASKED] == [*first, *heard]
    assert found.version == 7


def test_of_requests_they_hear_on_the_rungs_that_the_policy_has_for_them() -> None:
    asked = Rung(DutyKind.BELOW_ASKED, 2, DAY, (PERSON,), every=3)
    found = for_deciders(Policy((asked,), version=7))
    assert found.of(DutyKind.BELOW_ASKED) == (Rung(DutyKind.BELOW_ASKED, 2, DAY, ABOVE, every=3),)


def test_a_silent_kind_is_silent_above_too() -> None:
    assert for_deciders(Policy(tuple(one for one in DEFAULT.rungs if one.kind == TASK))).of(REPORT) == ()
