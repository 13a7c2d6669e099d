"""The lifecycle of a case. The picture is in docs/lifecycles.md; a test compares the two."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class CaseState(StrEnum):
    REPORTED = "reported"
    VERIFYING = "verifying"
    VERIFIED = "verified"
    REGISTERED = "registered"
    DISPATCHED = "dispatched"
    ACKNOWLEDGED = "acknowledged"
    HANDLING = "handling"
    FED_BACK = "fed_back"
    REWORK = "rework"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    REJECTED = "rejected"
    MERGED = "merged"


class CaseEvent(StrEnum):
    REPORT = "report"
    ASK_VERIFICATION = "ask_verification"
    VERIFY = "verify"
    REGISTER = "register"
    REJECT = "reject"
    MERGE = "merge"
    ABSORB = "absorb"
    DISPATCH = "dispatch"
    REASSIGN = "reassign"
    ACKNOWLEDGE = "acknowledge"
    HANDLE = "handle"
    FEEDBACK = "feedback"
    CLOSE = "close"
    REWORK = "rework"
    SEND_BACK = "send_back"
    ASK_EXTENSION = "ask_extension"
    EXTEND = "extend"
    REFUSE_EXTENSION = "refuse_extension"
    SUSPEND = "suspend"
    RESUME = "resume"
    REOPEN = "reopen"
    APPEAL = "appeal"
    GRANT_APPEAL = "grant_appeal"
    REFUSE_APPEAL = "refuse_appeal"
    COLOUR = "colour"
    RELEASE = "release"
    INSTRUCT = "instruct"


class IllegalStepError(Exception):
    """The event cannot happen to a case in this state."""

    def __init__(self, state: CaseState | None, event: CaseEvent) -> None:
        super().__init__(f"{event.value} is not possible in state {state.value if state else 'none'}")
        self.state = state
        self.event = event


ENDED: Final = frozenset({CaseState.CLOSED, CaseState.REJECTED, CaseState.MERGED})
OPEN: Final = frozenset(CaseState) - ENDED
# Before 立案 the office decides whether the problem is a case at all.
UNDECIDED: Final = (CaseState.REPORTED, CaseState.VERIFYING, CaseState.VERIFIED)
# In these states a unit works, and the time limit runs.
RUNNING: Final = (CaseState.DISPATCHED, CaseState.ACKNOWLEDGED, CaseState.HANDLING, CaseState.REWORK)
# In these states a unit holds the case.
HELD: Final = (*RUNNING, CaseState.FED_BACK, CaseState.SUSPENDED)

_STARTED: Final = (CaseState.ACKNOWLEDGED, CaseState.HANDLING, CaseState.REWORK)
_UNSTARTED: Final = (CaseState.DISPATCHED, CaseState.ACKNOWLEDGED, CaseState.HANDLING)
_IN_ORDER: Final = tuple(state for state in CaseState if state in OPEN)

# What a case becomes. None: the case does not exist yet.
TRANSITIONS: Final[Mapping[tuple[CaseState | None, CaseEvent], CaseState]] = {
    (None, CaseEvent.REPORT): CaseState.REPORTED,
    (CaseState.REPORTED, CaseEvent.ASK_VERIFICATION): CaseState.VERIFYING,
    # An inspector who happens to stand there need not wait to be asked.
    (CaseState.REPORTED, CaseEvent.VERIFY): CaseState.VERIFIED,
    (CaseState.VERIFYING, CaseEvent.VERIFY): CaseState.VERIFIED,
    **{(state, CaseEvent.REGISTER): CaseState.REGISTERED for state in UNDECIDED},
    **{(state, CaseEvent.REJECT): CaseState.REJECTED for state in UNDECIDED},
    **{(state, CaseEvent.MERGE): CaseState.MERGED for state in (*UNDECIDED, CaseState.REGISTERED)},
    **{(state, CaseEvent.ABSORB): state for state in _IN_ORDER},
    (CaseState.REGISTERED, CaseEvent.DISPATCH): CaseState.DISPATCHED,
    **{(state, CaseEvent.REASSIGN): CaseState.DISPATCHED for state in RUNNING},
    (CaseState.DISPATCHED, CaseEvent.ACKNOWLEDGE): CaseState.ACKNOWLEDGED,
    # A unit that works on a case has seen it: handling and feedback imply the signature.
    (CaseState.DISPATCHED, CaseEvent.HANDLE): CaseState.HANDLING,
    (CaseState.ACKNOWLEDGED, CaseEvent.HANDLE): CaseState.HANDLING,
    **{(state, CaseEvent.FEEDBACK): CaseState.FED_BACK for state in RUNNING},
    (CaseState.FED_BACK, CaseEvent.CLOSE): CaseState.CLOSED,
    (CaseState.FED_BACK, CaseEvent.REWORK): CaseState.REWORK,
    # The case returns to the office, which finds another unit. After one feedback it stays the unit's own.
    **{(state, CaseEvent.SEND_BACK): CaseState.REGISTERED for state in _UNSTARTED},
    **{(state, CaseEvent.ASK_EXTENSION): state for state in RUNNING},
    **{(state, CaseEvent.EXTEND): state for state in RUNNING},
    **{(state, CaseEvent.REFUSE_EXTENSION): state for state in RUNNING},
    **{(state, CaseEvent.SUSPEND): CaseState.SUSPENDED for state in _STARTED},
    (CaseState.SUSPENDED, CaseEvent.RESUME): CaseState.HANDLING,
    # Who mends it all the same need not wait for the end of the suspension.
    (CaseState.SUSPENDED, CaseEvent.FEEDBACK): CaseState.FED_BACK,
    (CaseState.CLOSED, CaseEvent.REOPEN): CaseState.REGISTERED,
    (CaseState.CLOSED, CaseEvent.APPEAL): CaseState.CLOSED,
    (CaseState.CLOSED, CaseEvent.GRANT_APPEAL): CaseState.CLOSED,
    (CaseState.CLOSED, CaseEvent.REFUSE_APPEAL): CaseState.CLOSED,
    **{(state, CaseEvent.COLOUR): state for state in RUNNING},
    **{(state, CaseEvent.RELEASE): state for state in RUNNING},
    **{(state, CaseEvent.INSTRUCT): state for state in HELD},
}


def next_state(state: CaseState | None, event: CaseEvent) -> CaseState:
    """The state after ``event``; ``IllegalStepError`` if it cannot happen now."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalStepError(state, event) from None


def to_mermaid(words: Mapping[CaseState | CaseEvent, str]) -> str:
    """The lifecycle as a mermaid diagram (no fence, no final newline), labelled with people's ``words``.

    It leaves out events that leave a case in its state.
    """
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{words[state]} {state}" as {state}' for state in CaseState]
    lines += [
        f"    {old or '[*]'} --> {new}: {words[event]}"
        for (old, event), new in TRANSITIONS.items()
        if old != new
    ]
    lines += [f"    {state} --> [*]" for state in CaseState if state in ENDED]
    return "\n".join(lines)
