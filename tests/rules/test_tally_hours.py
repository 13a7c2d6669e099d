"""The hours that a group may choose for its tally."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.nags.quiet_hours import QuietHours
from rules.tally_hours import TallyHour, in_force, offered_hours, time_of

EARLIER, USUAL, LATER, OFF = TallyHour
NIGHT = QuietHours()
TIMES = st.times().map(lambda at: at.replace(tzinfo=None, fold=0))


@pytest.mark.parametrize(
    ("usual", "quiet", "earlier", "later"),
    [
        pytest.param(time(18), NIGHT, time(17), time(20), id="as it comes"),
        pytest.param(time(18, 30), NIGHT, time(17, 30), time(20, 30), id="at the half hour"),
        pytest.param(time(19), NIGHT, time(18), None, id="the later one when the quiet hours begin"),
        pytest.param(time(18, 59, 59), NIGHT, time(17, 59, 59), time(20, 59, 59), id="a second before"),
        pytest.param(time(9), NIGHT, time(8), time(11), id="the earlier one when the quiet hours end"),
        pytest.param(time(8, 59), NIGHT, None, time(10, 59), id="a minute before they end"),
        pytest.param(time(0, 30), NIGHT, None, None, id="after midnight"),
        pytest.param(time(22), NIGHT, None, None, id="in the evening's quiet hours"),
        pytest.param(time(21, 30), NIGHT, time(20, 30), None, id="the usual one alone is in the quiet hours"),
        pytest.param(time(22), QuietHours(time(23, 59), time(0)), time(21), None, id="on another day"),
        pytest.param(time(0, 30), QuietHours(time(23, 59), time(0)), None, time(2, 30), id="the day before"),
        pytest.param(time(18), QuietHours(time(17), time(12)), None, None, id="quiet hours over all of them"),
        pytest.param(time(18), QuietHours(time(17, 30), time(8)), time(17), None, id="over the later ones"),
    ],
)
def test_the_hours_beside_the_usual_one(
    usual: time, quiet: QuietHours, earlier: time | None, later: time | None
) -> None:
    wanted = {EARLIER: earlier, USUAL: usual, LATER: later, OFF: None}
    offered = [hour for hour, at in wanted.items() if at is not None or hour is OFF]
    assert offered_hours(usual, quiet) == offered
    assert {hour: time_of(hour, usual, quiet) for hour in offered} == {hour: wanted[hour] for hour in offered}


@pytest.mark.parametrize("hour", TallyHour)
def test_one_that_the_settings_do_not_allow_any_more_is_the_usual_one(hour: TallyHour) -> None:
    quiet = QuietHours(time(17), time(8))
    assert in_force(hour, time(18), quiet) is (OFF if hour is OFF else USUAL)
    assert time_of(hour, time(18), quiet) == (None if hour is OFF else time(18))
    assert in_force(hour, time(18), NIGHT) is hour, "when they allow it again, it is back"


@given(usual=TIMES, begins=TIMES, ends=TIMES, hour=st.sampled_from([EARLIER, LATER]))
def test_never_in_the_quiet_hours(usual: time, begins: time, ends: time, hour: TallyHour) -> None:
    if ends >= begins:
        begins, ends = ends, begins
    if begins == ends:
        return
    quiet = QuietHours(begins, ends)
    at = time_of(hour, usual, quiet)
    assert at is not None
    if in_force(hour, usual, quiet) is hour:
        assert ends <= at < begins
        day = date(2026, 12, 15)
        shift = datetime.combine(day, at) - datetime.combine(day, usual)
        assert shift.total_seconds() / 3600 == (-1 if hour is EARLIER else 2)
    else:
        assert at == usual
