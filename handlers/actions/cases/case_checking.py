"""Buttons of 核查, of what the office allows a unit (延期, 挂账, 申诉, 复开), and of 批示."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.actions.cases.case_guard import guarded, unless_moved_on
from handlers.work import Action, AnswerAction, Arguments, Work, ending_question
from locales import Text
from services.access import Actor
from services.cases.cards import case_card
from services.cases.deciding import case_checking, case_rulings, extensions, instruction_release
from services.cases.deciding.case_rulings import RulingMatter


async def _show_card(work: Work, actor: Actor, arguments: Arguments) -> None:
    """Go back from a question to the card; nothing is decided."""
    work.replace(await case_card.card(work.turn(actor), arguments["case_id"]))


async def _check(work: Work, actor: Actor, arguments: Arguments) -> None:
    # A message of its own: its photos then stand right below it.
    work.say(await case_checking.show_check(work.turn(actor), arguments["case_id"], arguments["seen"]))


async def _extension(work: Work, actor: Actor, arguments: Arguments) -> None:
    case_id, seen = arguments["case_id"], arguments["seen"]
    work.replace(await extensions.extension(work.turn(actor), case_id, seen))


async def _hearing(work: Work, actor: Actor, arguments: Arguments) -> None:
    case_id, seen = arguments["case_id"], arguments["seen"]
    work.replace(await extensions.hearing(work.turn(actor), case_id, seen))


async def _suspend(work: Work, actor: Actor, arguments: Arguments) -> None:
    case_id, seen = arguments["case_id"], arguments["seen"]
    work.replace(await extensions.ask_until(work.turn(actor), case_id, seen))


async def _write_until(work: Work, actor: Actor, arguments: Arguments) -> None:
    case_id, seen = arguments["case_id"], arguments["seen"]
    work.replace(await extensions.ask_until_in_words(work.turn(actor), case_id, seen))


async def _ask_ruling(work: Work, actor: Actor, arguments: Arguments) -> None:
    matter = RulingMatter.of(arguments)
    work.replace(await case_rulings.ask(work.turn(actor), matter))


async def _write_ruling(work: Work, actor: Actor, arguments: Arguments) -> None:
    matter = RulingMatter.of(arguments)
    work.replace(await case_rulings.ask_in_words(work.turn(actor), matter))


async def _rule(work: Work, actor: Actor, arguments: Arguments) -> None:
    matter, name = RulingMatter.of(arguments), arguments.get("reason")
    reason = None if name is None else case_rulings.named_reason(name, work.campaign)
    view = await case_rulings.decide(work.turn(actor), matter, reason)
    work.flash(_done(matter))
    work.replace(view)


def _done(matter: RulingMatter) -> Text:
    return Text("checking.done", event=Text(f"cases.event.{matter.event.value}"))


async def _instruct(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(await instruction_release.ask(work.turn(actor), arguments["case_id"]))


async def _show_instruction(work: Work, actor: Actor, arguments: Arguments) -> None:
    instruction_id = arguments["instruction_id"]
    work.replace(await instruction_release.show_instruction(work.turn(actor), instruction_id))


async def _ask_excerpt(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.show(await instruction_release.ask_excerpt(work.turn(actor), arguments["instruction_id"]))


async def _release(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.show(
        await instruction_release.release(work.turn(actor), arguments["instruction_id"]),
    )


async def _excerpt(work: Work, text: str, arguments: Arguments) -> None:
    outcome = await instruction_release.release(
        work.turn(work.require_actor()), arguments["instruction_id"], text
    )
    work.say_headed(outcome.text, outcome.view)


async def _instruction(work: Work, text: str, arguments: Arguments) -> None:
    work.say(await instruction_release.write(work.turn(work.require_actor()), arguments["case_id"], text))


async def _reason(work: Work, text: str, arguments: Arguments) -> None:
    actor, matter = work.require_actor(), RulingMatter.of(arguments)
    view = await case_rulings.answer(work.turn(actor), matter, text)
    work.say_headed(_done(matter), view)


async def _until(work: Work, text: str, arguments: Arguments) -> None:
    actor, matter = work.require_actor(), RulingMatter.of(arguments)
    work.say(await extensions.until_in_words(work.turn(actor), matter, text))


_ACTIONS: Final[Mapping[str, Action]] = {
    "case.back": _show_card,
    "case.check": _check,
    "case.extension": _extension,
    "case.hearing": _hearing,
    "case.suspend": _suspend,
    "case.write_until": _write_until,
    "case.ask_ruling": _ask_ruling,
    "case.write_ruling": _write_ruling,
    "case.rule": _rule,
    "case.instruct": _instruct,
    "instruction.show": _show_instruction,
    "instruction.excerpt": _ask_excerpt,
    "instruction.release": _release,
}
ACTIONS: Final = guarded(ending_question(_ACTIONS))
ANSWERS: Final[Mapping[str, AnswerAction]] = {
    **unless_moved_on({"case.ruling": _reason, "case.until": _until}),
    "case.instruct": _instruction,
    "instruction.excerpt": _excerpt,
}
