from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.delivery.delivery import (
    MAX_REPEATS,
    SLOT_MESSAGE_LIFE,
    DeliveryState,
    ForbiddenOutcome,
    MessageKind,
    MigratedOutcome,
    NextDelivery,
    Outcome,
    PausedOutcome,
    RejectedOutcome,
    SentOutcome,
    TopicGoneOutcome,
    UnknownOutcome,
    UnsentOutcome,
    may_become,
    next_delivery,
)

EXPECTED = """
               new  sending  sent  retry  unknown  undeliverable  withdrawn
new            -    yes      -     -      -        yes            yes
sending        -    -        yes   yes    yes      yes            yes
sent           -    -        -     -      -        -              -
retry          -    yes      -     -      -        yes            yes
unknown        -    -        -     yes    -        -              yes
undeliverable  -    -        -     yes    -        -              yes
withdrawn      -    -        -     -      -        -              -
"""


def _expected() -> dict[tuple[str, str], bool]:
    head, *rows = EXPECTED.strip("\n").splitlines()
    return {
        (old, new): cell == "yes"
        for old, *cells in (row.split() for row in rows)
        for new, cell in zip(head.split(), cells, strict=True)
    }


TABLE = _expected()
PROMISES = [MessageKind.RECEIPT, MessageKind.ORDER, MessageKind.NOTICE, MessageKind.PICTURE]
SLOT_MESSAGES = [MessageKind.NAG, MessageKind.HINT, MessageKind.TALLY, MessageKind.BRIEF, MessageKind.DIGEST]
KINDS = st.sampled_from(MessageKind)
OUTCOMES: st.SearchStrategy[Outcome] = st.one_of(
    st.builds(SentOutcome, st.integers(1)),
    st.builds(PausedOutcome, st.floats(0, 86400)),
    st.builds(UnsentOutcome, st.just("ConnectError")),
    st.builds(UnknownOutcome, st.just("ReadTimeout")),
    st.builds(ForbiddenOutcome),
    st.builds(MigratedOutcome, st.integers(-(10**13), -1)),
    st.builds(TopicGoneOutcome),
    st.builds(RejectedOutcome, st.just("chat not found")),
)


@pytest.mark.parametrize(("old", "new"), list(product(DeliveryState, DeliveryState)))
def test_every_pair_of_states(old: DeliveryState, new: DeliveryState) -> None:
    assert may_become(old, new) is TABLE[old.value, new.value]


@pytest.mark.parametrize("kind", MessageKind)
@pytest.mark.parametrize(
    ("outcome", "following"),
    [
        (SentOutcome(7), NextDelivery(DeliveryState.SENT)),
        (PausedOutcome(35), NextDelivery(DeliveryState.RETRY, delay=35.0, counts=False)),
        (UnsentOutcome("ConnectError"), NextDelivery(DeliveryState.RETRY, delay=4.0)),
        (ForbiddenOutcome(), NextDelivery(DeliveryState.UNDELIVERABLE)),
        (RejectedOutcome("chat not found"), NextDelivery(DeliveryState.UNDELIVERABLE)),
        (MigratedOutcome(-100123), NextDelivery(DeliveryState.RETRY, delay=0.0)),
        (TopicGoneOutcome(), NextDelivery(DeliveryState.RETRY, delay=0.0)),
    ],
)
def test_outcomes_that_are_known(kind: MessageKind, outcome: Outcome, following: NextDelivery) -> None:
    assert next_delivery(kind, outcome, 2) == following


@pytest.mark.parametrize("kind", PROMISES)
def test_a_promise_is_sent_again_marked_when_unknown(kind: MessageKind) -> None:
    assert next_delivery(kind, UnknownOutcome("ReadTimeout"), 0) == NextDelivery(
        DeliveryState.RETRY, delay=1.0, mark_repeat=True
    )


@pytest.mark.parametrize("kind", SLOT_MESSAGES)
def test_a_slot_message_holds_when_unknown(kind: MessageKind) -> None:
    assert next_delivery(kind, UnknownOutcome("lease expired"), 0) == NextDelivery(DeliveryState.UNKNOWN)


def test_every_kind_is_either_a_promise_or_of_a_slot() -> None:
    assert sorted(PROMISES + SLOT_MESSAGES) == sorted(MessageKind)
    assert set(SLOT_MESSAGE_LIFE) == set(SLOT_MESSAGES)


@pytest.mark.parametrize("kind", PROMISES)
def test_repeats_end_but_only_those_after_unknown_outcomes(kind: MessageKind) -> None:
    timeout = UnknownOutcome("ReadTimeout")
    assert next_delivery(kind, timeout, 10_000, repeats=MAX_REPEATS - 1).state is DeliveryState.RETRY
    assert next_delivery(kind, timeout, 5, repeats=MAX_REPEATS) == NextDelivery(DeliveryState.UNKNOWN)
    assert (
        next_delivery(kind, UnsentOutcome("ConnectError"), 5, repeats=MAX_REPEATS).state
        is DeliveryState.RETRY
    )


@pytest.mark.parametrize("kind", PROMISES)
def test_a_provably_unsent_promise_is_tried_for_ever(kind: MessageKind) -> None:
    assert next_delivery(kind, UnsentOutcome("ConnectError"), 10**6) == NextDelivery(
        DeliveryState.RETRY, delay=900.0
    )


@pytest.mark.parametrize("kind", SLOT_MESSAGES)
def test_a_provably_unsent_slot_message_is_tried_for_its_life(kind: MessageKind) -> None:
    waited = 0.0
    attempts = 0
    while (
        following := next_delivery(kind, UnsentOutcome("ConnectError"), attempts)
    ).state is DeliveryState.RETRY:
        assert following.delay is not None
        waited += following.delay
        attempts += 1
    assert following == NextDelivery(DeliveryState.UNDELIVERABLE)
    life = SLOT_MESSAGE_LIFE[kind].total_seconds()
    assert life - 900 < waited <= life


@given(KINDS, OUTCOMES, st.integers(0, 200), st.integers(0, 10), st.floats(0, 1))
def test_what_follows_is_always_allowed(
    kind: MessageKind, outcome: Outcome, attempts: int, repeats: int, jitter: float
) -> None:
    following = next_delivery(kind, outcome, attempts, repeats=repeats, jitter=jitter)
    assert may_become(DeliveryState.SENDING, following.state)
    assert (following.delay is not None) == (following.state is DeliveryState.RETRY)
    assert following.mark_repeat <= isinstance(outcome, UnknownOutcome)
    assert following.counts is not isinstance(outcome, PausedOutcome)


def test_jitter_reaches_the_back_off() -> None:
    assert next_delivery(MessageKind.RECEIPT, UnsentOutcome("ConnectError"), 3, jitter=1.0).delay == 6.0


def test_numbers_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="attempts"):
        next_delivery(MessageKind.NAG, SentOutcome(1), -1)
