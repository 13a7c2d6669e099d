from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales import Text, plain
from rules.cases.case_facts import (
    AppealState,
    CaseFacts,
    Colour,
    HistoryStep,
    StepRefusal,
    facts_after,
    refusal,
    replay,
)
from rules.cases.case_lifecycle import (
    ENDED,
    OPEN,
    RUNNING,
    TRANSITIONS,
    CaseEvent,
    CaseState,
    IllegalStepError,
    next_state,
    to_mermaid,
)
from rules.cases.case_rights import PARTIES, Party, may
from rules.people.roles import Role

DOCS = Path(__file__).parents[3] / "docs" / "lifecycles.md"
WORDS: dict[CaseState | CaseEvent, str] = {
    **{state: plain(Text(f"cases.state.{state.value}")) for state in CaseState},
    **{event: plain(Text(f"cases.event.{event.value}")) for event in CaseEvent},
}

# The state after each event, by the state before it; "=" means no change. Every other event is refused.
EXPECTED = """
none report>reported
reported ask_verification>verifying verify>verified register>registered reject>rejected merge>merged absorb=
verifying verify>verified register>registered reject>rejected merge>merged absorb=
verified register>registered reject>rejected merge>merged absorb=
registered merge>merged absorb= dispatch>dispatched
dispatched acknowledge>acknowledged handle>handling feedback>fed_back send_back>registered reassign>dispatched
dispatched absorb= ask_extension= extend= refuse_extension= colour= release= instruct=
acknowledged handle>handling feedback>fed_back send_back>registered reassign>dispatched suspend>suspended
acknowledged absorb= ask_extension= extend= refuse_extension= colour= release= instruct=
handling feedback>fed_back send_back>registered reassign>dispatched suspend>suspended
handling absorb= ask_extension= extend= refuse_extension= colour= release= instruct=
fed_back close>closed rework>rework absorb= instruct=
rework feedback>fed_back reassign>dispatched suspend>suspended
rework absorb= ask_extension= extend= refuse_extension= colour= release= instruct=
suspended resume>handling feedback>fed_back absorb= instruct=
closed reopen>registered appeal= grant_appeal= refuse_appeal=
rejected
merged
"""


def _expected() -> dict[tuple[CaseState | None, CaseEvent], CaseState]:
    found = {}
    for line in EXPECTED.strip().splitlines():
        name, *cells = line.split()
        state = None if name == "none" else CaseState(name)
        for cell in cells:
            event, _, new = cell.partition(">")
            found[state, CaseEvent(event.rstrip("="))] = CaseState(new or name)
    return found


@pytest.mark.parametrize(("state", "event"), list(product([None, *CaseState], CaseEvent)))
def test_every_pair(state: CaseState | None, event: CaseEvent) -> None:
    wanted = _expected().get((state, event))
    if wanted is None:
        with pytest.raises(IllegalStepError):
            next_state(state, event)
        assert refusal(CaseFacts(state=state), event, MONDAY) is StepRefusal.NOT_NOW
    else:
        assert next_state(state, event) is wanted


def test_the_picture_in_the_docs_is_the_table() -> None:
    pictures = re.findall(r"```mermaid\n(.*?)\n```", DOCS.read_text("utf-8"), re.DOTALL)
    assert to_mermaid(WORDS) in pictures
    arrows = re.findall(r"^    (\S+) --> (\w+): \S+$", to_mermaid(WORDS), re.MULTILINE)
    drawn = [(old or "[*]", new) for (old, _), new in TRANSITIONS.items() if old != new]
    assert arrows == drawn


def test_the_states_are_parted() -> None:
    assert frozenset(CaseState) == OPEN | ENDED
    assert not OPEN & ENDED
    assert {state for state, _ in TRANSITIONS} >= set(OPEN) | {CaseState.CLOSED}
    assert all((state, event) not in TRANSITIONS for state in ENDED for event in (CaseEvent.FEEDBACK,))


MONDAY = datetime(2026, 12, 14, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def running(**values: object) -> CaseFacts:
    facts = CaseFacts(
        state=CaseState.HANDLING, unit_id=1, limit_at=MONDAY + HOUR, clock_from=MONDAY, dispatched_at=MONDAY
    )
    return CaseFacts(**{name: getattr(facts, name) for name in CaseFacts.__dataclass_fields__} | values)


OVER = MONDAY + 2 * HOUR
LATE = {"state": CaseState.CLOSED, "fed_back_at": MONDAY + 2 * HOUR, "clock_from": None}


@pytest.mark.parametrize(
    ("facts", "event", "at", "reason"),
    [
        (running(), CaseEvent.ASK_EXTENSION, MONDAY + HOUR, None),
        (running(), CaseEvent.ASK_EXTENSION, MONDAY + HOUR + timedelta(seconds=1), StepRefusal.OVERDUE),
        (running(extensions=1), CaseEvent.ASK_EXTENSION, MONDAY, None),
        (running(extensions=2), CaseEvent.ASK_EXTENSION, MONDAY, StepRefusal.EXTENDED_TWICE),
        (running(extension_asked=True), CaseEvent.ASK_EXTENSION, MONDAY, StepRefusal.EXTENSION_WAITS),
        # It was asked for in time and waits for the office: that is what the unit has to know.
        (
            running(extension_asked=True),
            CaseEvent.ASK_EXTENSION,
            MONDAY + 9 * HOUR,
            StepRefusal.EXTENSION_WAITS,
        ),
        (running(), CaseEvent.EXTEND, MONDAY, StepRefusal.NO_EXTENSION_WAITS),
        (running(), CaseEvent.REFUSE_EXTENSION, MONDAY, StepRefusal.NO_EXTENSION_WAITS),
        (running(extension_asked=True), CaseEvent.EXTEND, MONDAY + 9 * HOUR, None),
        (running(), CaseEvent.SEND_BACK, MONDAY, None),
        (running(), CaseEvent.SEND_BACK, MONDAY + HOUR, None),
        (running(), CaseEvent.SEND_BACK, MONDAY + HOUR + timedelta(seconds=1), StepRefusal.OVERDUE_ALREADY),
        # Suspended and resumed after its rework: it is in handling again, and the unit still may not send it
        # back.
        (running(reworks=1, suspended=True), CaseEvent.SEND_BACK, MONDAY, StepRefusal.REWORKED),
        (running(), CaseEvent.SUSPEND, MONDAY, None),
        (running(suspended=True), CaseEvent.SUSPEND, MONDAY, StepRefusal.SUSPENDED_ONCE),
        (running(**LATE), CaseEvent.APPEAL, MONDAY, None),
        (running(**{**LATE, "fed_back_at": MONDAY + HOUR}), CaseEvent.APPEAL, MONDAY, StepRefusal.NOT_LATE),
        (running(**LATE, appeal=AppealState.REFUSED), CaseEvent.APPEAL, MONDAY, StepRefusal.APPEALED),
        (running(**LATE), CaseEvent.GRANT_APPEAL, MONDAY, StepRefusal.NO_APPEAL_WAITS),
        (running(**LATE, appeal=AppealState.ASKED), CaseEvent.REFUSE_APPEAL, MONDAY, None),
        (running(), CaseEvent.RELEASE, MONDAY, StepRefusal.NOT_RED),
        (running(colour=Colour.RED), CaseEvent.RELEASE, OVER, None),
        (running(colour=Colour.RED, released=True), CaseEvent.RELEASE, OVER, StepRefusal.RELEASED),
        # An extension has moved the limit, and the colour falls with the next look.
        (running(colour=Colour.RED), CaseEvent.RELEASE, MONDAY, StepRefusal.NOT_RED),
    ],
)
def test_what_stands_against_a_step(
    facts: CaseFacts, event: CaseEvent, at: datetime, reason: StepRefusal | None
) -> None:
    assert refusal(facts, event, at) is reason


_steps = st.lists(
    st.tuples(
        st.sampled_from([event for event in CaseEvent if event is not CaseEvent.REPORT]),
        st.integers(1, 600),
        st.integers(1, 3),
    ),
    max_size=60,
)


@given(_steps)
def test_no_random_history_breaks_the_rules(wished: list[tuple[CaseEvent, int, int]]) -> None:
    """Random events in any order: only what the rules allow happens, and the facts hold together."""
    at = MONDAY
    steps = [HistoryStep(CaseEvent.REPORT, at)]
    facts = replay(steps)
    for event, minutes, unit in wished:
        at += timedelta(minutes=minutes)
        if refusal(facts, event, at) is not None:
            continue
        step = _step(facts, event, at, unit)
        steps.append(step)
        facts = facts_after(facts, step)
        _holds_together(facts)
    assert replay(steps) == facts
    assert facts.steps == len(steps)


def _step(facts: CaseFacts, event: CaseEvent, at: datetime, unit: int) -> HistoryStep:
    dispatched = event in {CaseEvent.DISPATCH, CaseEvent.REASSIGN}
    return HistoryStep(
        event,
        at,
        unit_id=unit if dispatched else None,
        limit_at=at + HOUR if dispatched else None,
        worked=1 if facts.clock_from else 0,
        colour=Colour.RED if event is CaseEvent.COLOUR else None,
        until=at + HOUR if event is CaseEvent.SUSPEND else None,
    )


def _holds_together(facts: CaseFacts) -> None:
    assert (facts.clock_from is not None) == (facts.state in RUNNING), "the clock runs while a unit works"
    assert (facts.suspended_until is not None) == (facts.state is CaseState.SUSPENDED)
    assert facts.extensions <= 2
    assert facts.state in RUNNING or not facts.extension_asked
    if facts.state in {*RUNNING, CaseState.FED_BACK, CaseState.SUSPENDED, CaseState.CLOSED}:
        assert facts.unit_id is not None
        assert facts.limit_at is not None
    if facts.state in {CaseState.FED_BACK, CaseState.CLOSED}:
        assert facts.fed_back_at is not None
        assert facts.acknowledged_at is not None


@pytest.mark.parametrize("event", list(CaseEvent))
def test_who_may(event: CaseEvent) -> None:
    office, inspector = frozenset({Role.OFFICE}), frozenset({Role.INSPECTOR})
    unit, leader = frozenset({Role.LIAISON}), frozenset({Role.LEADER_IN_CHARGE, Role.DISTRICT_LEADER})
    party = PARTIES[event]
    checks = party in {Party.CHECKER, Party.VERIFIER}

    def ask(roles: frozenset[Role], of_unit: bool = False, reported: bool = False) -> bool:
        return may(event, roles, of_unit=of_unit, reported=reported)

    anybody = party is Party.ANYBODY
    assert ask(leader) is anybody
    assert ask(unit) is anybody
    assert ask(unit, of_unit=True) is (anybody or party is Party.UNIT)
    assert ask(office) is (anybody or checks or party is Party.OFFICE)
    assert ask(inspector) is (anybody or checks)
    assert ask(inspector | unit, of_unit=True) is (anybody or party in {Party.UNIT, Party.VERIFIER})
    assert ask(inspector, reported=True) is (anybody or party is Party.CHECKER)
