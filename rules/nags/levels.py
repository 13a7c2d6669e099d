"""The levels of the ladder: who hears of a duty, from the responsible person up to the head of their unit."""

from __future__ import annotations

from enum import StrEnum


class Level(StrEnum):
    """责任人 → 承办科室 → 单位分管领导 → 单位主要领导, and the office, which sees all from day one.

    ``DECIDER``: who decides on a task because they broke the one above it down (上级任务责任人).
    """

    RESPONSIBLE = "responsible_person"
    SECTION = "section"
    LEADER_IN_CHARGE = "leader_in_charge"
    PRINCIPAL_LEADER = "principal_leader"
    OFFICE = "office"
    DECIDER = "decider"
