"""Who may take which step of a case."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from rules.cases.case_lifecycle import CaseEvent
from rules.people.roles import REPORTERS, Role


class Party(StrEnum):
    """The side of a case on which a person stands.

    ``CHECKER``: an inspector or the office, but nobody of the unit that holds the case.
    """

    ANYBODY = "anybody"
    OFFICE = "office"
    VERIFIER = "verifier"
    UNIT = "unit"
    CHECKER = "checker"
    NOBODY = "nobody"


PARTIES: Final[Mapping[CaseEvent, Party]] = {
    CaseEvent.REPORT: Party.ANYBODY,
    CaseEvent.ASK_VERIFICATION: Party.OFFICE,
    CaseEvent.VERIFY: Party.VERIFIER,
    CaseEvent.REGISTER: Party.OFFICE,
    CaseEvent.REJECT: Party.OFFICE,
    CaseEvent.MERGE: Party.OFFICE,
    CaseEvent.ABSORB: Party.OFFICE,
    CaseEvent.DISPATCH: Party.OFFICE,
    CaseEvent.REASSIGN: Party.OFFICE,
    CaseEvent.ACKNOWLEDGE: Party.UNIT,
    CaseEvent.HANDLE: Party.UNIT,
    CaseEvent.FEEDBACK: Party.UNIT,
    CaseEvent.CLOSE: Party.CHECKER,
    CaseEvent.REWORK: Party.CHECKER,
    CaseEvent.SEND_BACK: Party.UNIT,
    CaseEvent.ASK_EXTENSION: Party.UNIT,
    CaseEvent.EXTEND: Party.OFFICE,
    CaseEvent.REFUSE_EXTENSION: Party.OFFICE,
    CaseEvent.SUSPEND: Party.OFFICE,
    CaseEvent.RESUME: Party.OFFICE,
    CaseEvent.REOPEN: Party.OFFICE,
    CaseEvent.APPEAL: Party.UNIT,
    CaseEvent.GRANT_APPEAL: Party.OFFICE,
    CaseEvent.REFUSE_APPEAL: Party.OFFICE,
    CaseEvent.COLOUR: Party.NOBODY,
    CaseEvent.RELEASE: Party.OFFICE,
    CaseEvent.INSTRUCT: Party.OFFICE,
}


def may(event: CaseEvent, roles: frozenset[Role], *, of_unit: bool, reported: bool) -> bool:
    """Whether a contact with ``roles`` may take the step.

    ``of_unit``: they belong to the unit that holds the case. ``reported``: they reported the case.
    """
    office, inspector = Role.OFFICE in roles, Role.INSPECTOR in roles
    match PARTIES[event]:
        case Party.ANYBODY:
            return True
        case Party.OFFICE:
            return office
        case Party.VERIFIER:
            return (office or inspector) and not reported
        case Party.UNIT:
            return of_unit and bool(roles & REPORTERS)
        case Party.CHECKER:
            return (office or inspector) and not of_unit
        case Party.NOBODY:
            return False
