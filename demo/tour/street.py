"""Scenes of two problems in the street: one needs a rework, one runs over its limit and climbs."""

from __future__ import annotations

from demo.tour.chats import BotMessage
from demo.tour.people import Person
from demo.tour.state import Tour

_FEEDBACK = "orders.feedback_button"


async def photograph(tour: Tour) -> None:
    """A person sends a photo with a line, then its place.

    They have tasks, too, so they say that the photo is a problem.
    """
    case, words = tour.day.street, tour.words
    person = tour.people[case.reporter]
    await person.write(case.said, photo=True)
    report = await person.hear(words.piece("progress.which_task"))
    await person.press(report, words.piece("issues.from_report_button"))
    await person.see(report, case.category, words.piece("issues.ask_place"))
    await person.send_place(*case.place)
    summary = await person.hear(words.piece("issues.ask_submit"))
    await submit_case(tour, person, summary, case.category)
    tour.tell(tour.day.times["photograph"], "tour.step.photographed", who=person.name, said=case.said)


async def flooded(tour: Tour) -> None:
    """A person sends a photo without words, then category and place; the office dispatches at once."""
    case, words = tour.day.overdue, tour.words
    person = tour.people[case.reporter]
    await person.write("", photo=True)
    card = await person.hear(words.piece("issues.ask_category"))
    await person.press(card, case.area)
    areas = await person.see(card, case.area)
    await person.press(areas, case.category)
    await person.see(areas, words.piece("issues.ask_place"))
    await person.write(case.said)
    summary = await person.hear(words.piece("issues.ask_submit"), case.said)
    await submit_case(tour, person, summary, case.category)
    tour.tell(tour.day.times["flooded"], "tour.step.photographed", who=person.name, said=case.said)
    await dispatch_case(tour, case.category, case.mends)
    tour.tell(tour.day.times["flooded"], "tour.step.dispatched", category=case.category, who=case.mends)


async def submit_case(tour: Tour, person: Person, summary: BotMessage, category: str) -> None:
    await person.press(summary, tour.words.piece("issues.submit_button"))
    await person.see(summary, tour.words.piece("issues.submitted"))
    receipt = await person.hear(tour.words.piece("issues.receipt.follows"))
    tour.expect(category in receipt.text, category)


async def dispatch(tour: Tour) -> None:
    """The office does 立案 and 派遣 in two taps; the unit gets the supervision order and signs for it."""
    case, words = tour.day.street, tour.words
    order = await dispatch_case(tour, case.category, case.mends)
    person = tour.people[case.mends]
    tour.tell(tour.day.times["dispatch"], "tour.step.dispatched", category=case.category, who=person.name)
    await person.press(order, words.piece("orders.sign_button"))
    tour.orders[case.category] = await person.see(order, words.piece("cases.state.acknowledged"))
    reporter = tour.people[case.reporter]
    await reporter.hear(words.piece("cases.event.acknowledge"))
    tour.tell(tour.day.times["dispatch"], "tour.step.order_signed", who=person.name)
    await person.press(tour.orders[case.category], words.piece("orders.paper_button"))
    name, paper = await person.receive_file()
    (tour.stage.out / name).write_bytes(paper)
    tour.tell(tour.day.times["dispatch"], "tour.step.order_paper", file=name)


async def dispatch_case(tour: Tour, category: str, who: str) -> BotMessage:
    """The office dispatches from the notice of a new case. Returns the order as the unit gets it."""
    office, words = tour.people[tour.day.office], tour.words
    news = await office.hear(words.piece("cases.new"), category)
    await office.press(news, words.piece("desk.quick_button"))
    plan = await office.see(news, words.piece("desk.plan_register"))
    await office.press(plan, words.piece("desk.confirm_button"))
    await office.see(plan, words.piece("cases.state.dispatched"))
    order = await tour.people[who].hear(words.piece("orders.title"), category)
    tour.orders[category] = order
    return order


async def feed_back(tour: Tour) -> None:
    """The unit feeds back (反馈) with a photo of how the place looks now."""
    await feed_back_on(tour, tour.day.street.category, tour.day.street.mends, tour.day.street.answers[0])
    said = tour.day.street.answers[0]
    tour.tell(tour.day.times["feed_back"], "tour.step.fed_back", who=tour.day.street.mends, said=said)


async def feed_back_on(tour: Tour, category: str, who: str, said: str) -> None:
    person, words = tour.people[who], tour.words
    await person.press(tour.orders[category], words.piece(_FEEDBACK))
    await person.hear(words.piece("orders.feedback.ask"))
    await person.write(said, photo=True)
    card = await person.hear(words.piece("orders.feedback.confirm"))
    await person.press(card, words.piece("orders.feedback.confirm_button"))
    await person.hear(words.piece("orders.feedback.receipt"))


async def rework(tour: Tour) -> None:
    """The checker compares before and after and sends the case back; the unit's leader gets a hint."""
    case, words = tour.day.street, tour.words
    checker = tour.people[case.checks]
    check = await _check(tour, checker, case.category)
    await checker.press(check, words.piece("checking.rework_button"))
    why = await checker.see(check, words.piece("checking.choose_reason"))
    await checker.press(why, words.piece("checking.write_reason_button"))
    await checker.see(why, words.piece("checking.write_reason"))
    await checker.write(case.reason)
    await checker.hear(words.piece("cases.event.rework"))
    person = tour.people[case.mends]
    tour.orders[case.category] = await person.hear(words.piece("cases.event.rework"), case.reason)
    tour.tell(tour.day.times["rework"], "tour.step.reworked", who=checker.name, reason=case.reason)


async def hint(tour: Tour) -> None:
    """At the half hour the leader in charge hears of the rework, with whatever else has risen."""
    leader = tour.people[tour.day.street.hears]
    await leader.hear(tour.words.piece("colours.title_hint"), tour.day.street.category)
    tour.tell(tour.day.times["hint"], "tour.step.leader_hinted", who=leader.name)


async def _check(tour: Tour, checker: Person, category: str) -> BotMessage:
    """Open the next 待核查 of that category. Returns the message with before and after."""
    words = tour.words
    parts = [words.piece("orders.feedback.to_check"), category]
    news = await tour.chats.wait(checker.name, checker.id, tour.checked.get(category, 0), parts)
    tour.checked[category] = news.id
    await checker.press(news, words.piece("checking.check_button"))
    return await checker.hear(words.piece("checking.photos"), category)


async def feed_back_again(tour: Tour) -> None:
    """The unit feeds back on both cases; the second is mended late."""
    for case in (tour.day.street, tour.day.overdue):
        said = case.answers[-1]
        await feed_back_on(tour, case.category, case.mends, said)
        tour.tell(tour.day.times["feed_back_again"], "tour.step.fed_back", who=case.mends, said=said)


async def close(tour: Tour) -> None:
    """The checker closes both cases (核查通过，结案), and the first reporter hears of it."""
    words = tour.words
    checker = tour.people[tour.day.street.checks]
    for case in (tour.day.street, tour.day.overdue):
        check = await _check(tour, checker, case.category)
        await checker.press(check, words.piece("checking.close_button"))
        await checker.see(check, words.piece("cases.state.closed"))
        tour.tell(tour.day.times["close"], "tour.step.closed", category=case.category)
    await tour.people[tour.day.street.reporter].hear(words.piece("cases.event.close"))


async def blue(tour: Tour) -> None:
    """The limit comes near: the person who must mend it is reminded, no leader yet."""
    await _told(tour, "blue", tour.day.overdue.mends, "colours.title_nag")


async def yellow(tour: Tour) -> None:
    """The colour rises: the person hears of it an hour after blue, and those above soon of red alone."""
    await _told(tour, "yellow", tour.day.overdue.mends, "colours.title_nag")


async def red(tour: Tour) -> None:
    """The case is over its limit: the hint for the 主要领导 waits for the office."""
    await _told(tour, "red", tour.day.overdue.mends, "colours.title_nag")
    await _told(tour, "red", tour.day.overdue.in_charge, "colours.title_hint")
    office, words = tour.people[tour.day.office], tour.words
    tour.reds = await office.hear(words.piece("colours.title_office"), words.piece("colours.over"))


async def _told(tour: Tour, colour: str, who: str, title: str) -> None:
    words = tour.words
    lamp = words.piece(f"cases.lamp.{colour}")
    await tour.people[who].hear(words.piece(title), lamp, tour.day.overdue.category)
    tour.tell(
        tour.day.times[colour], "tour.step.coloured", who=who, colour=words.piece(f"cases.colour.{colour}")
    )


async def release(tour: Tour) -> None:
    """The office releases with one tap: the 主要领导 gets a hint, not a nag."""
    office, words = tour.people[tour.day.office], tour.words
    leader = tour.people[tour.day.overdue.principal]
    if tour.reds is None:
        return
    await office.press(tour.reds, words.piece("colours.release_button"))
    await leader.hear(words.piece("colours.title_hint"), tour.day.overdue.category)
    tour.tell(tour.day.times["release"], "tour.step.released", who=leader.name)
