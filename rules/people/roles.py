"""Tiers of units and roles of contacts, with the words an office writes for them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Tier(StrEnum):
    """Where a unit stands: 区 → 街道/园区 → 村居, beside them 部门."""

    DISTRICT = "district"
    STREET = "street"
    PARK = "park"
    VILLAGE = "village"
    DEPARTMENT = "department"


class Role(StrEnum):
    """What a contact does in the campaign."""

    OFFICE = "office"
    DISTRICT_LEADER = "district_leader"
    PRINCIPAL_LEADER = "principal_leader"
    LEADER_IN_CHARGE = "leader_in_charge"
    RESPONSIBLE_PERSON = "responsible_person"
    LIAISON = "liaison"
    INSPECTOR = "inspector"


TIER_WORDS: Final[Mapping[str, Tier]] = {
    "区": Tier.DISTRICT,
    "街道": Tier.STREET,
    "园区": Tier.PARK,
    "村居": Tier.VILLAGE,
    "部门": Tier.DEPARTMENT,
}

ROLE_WORDS: Final[Mapping[str, Role]] = {
    "创城办": Role.OFFICE,
    "区领导": Role.DISTRICT_LEADER,
    "单位主要领导": Role.PRINCIPAL_LEADER,
    "主要领导": Role.PRINCIPAL_LEADER,
    "单位分管领导": Role.LEADER_IN_CHARGE,
    "分管领导": Role.LEADER_IN_CHARGE,
    "责任人": Role.RESPONSIBLE_PERSON,
    "联络员": Role.LIAISON,
    "督导员": Role.INSPECTOR,
}

LEADERS: Final = frozenset({Role.DISTRICT_LEADER, Role.PRINCIPAL_LEADER, Role.LEADER_IN_CHARGE})
SEES_ALL: Final = frozenset({Role.OFFICE, Role.DISTRICT_LEADER, Role.INSPECTOR})
REPORTERS: Final = frozenset({Role.RESPONSIBLE_PERSON, Role.LIAISON})
