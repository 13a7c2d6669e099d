"""Buttons of 核实: the office chooses an inspector, and the inspector says what they find."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.actions.cases.case_guard import guarded
from handlers.work import Action, Arguments, Work, ending_question
from services.access import Actor
from services.cases.deciding import verifying


async def _ask_verification(work: Work, actor: Actor, arguments: Arguments) -> None:
    case_id, seen = arguments["case_id"], arguments["seen"]
    work.replace(await verifying.choose_inspector(work.turn(actor), case_id, seen))


async def _entrust(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.show(
        await verifying.entrust(
            work.turn(actor), arguments["case_id"], arguments["seen"], arguments["contact_id"]
        ),
    )


async def _ask_verdict(work: Work, actor: Actor, arguments: Arguments) -> None:
    case_id, seen = arguments["case_id"], arguments["seen"]
    work.replace(await verifying.ask_verdict(work.turn(actor), case_id, seen))


async def _verify(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.show(
        await verifying.verify(work.turn(actor), arguments["case_id"], arguments["seen"], arguments["found"]),
    )


async def _verify_photos(work: Work, actor: Actor, arguments: Arguments) -> None:
    """Ask for photos in a message of its own: the card stays, so that it can be read on the spot."""
    case_id, seen = arguments["case_id"], arguments["seen"]
    work.say(await verifying.begin(work.turn(actor), case_id, seen))


async def _verify_file(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.show(
        await verifying.file_verification(work.turn(actor), arguments["revision"], arguments["found"]),
    )


async def _verify_cancel(work: Work, actor: Actor, arguments: Arguments) -> None:
    revision = arguments["revision"]
    work.show(
        await verifying.cancel(work.turn(actor), revision),
    )


_ACTIONS: Final[Mapping[str, Action]] = {
    "desk.ask_verification": _ask_verification,
    "desk.entrust": _entrust,
    "desk.ask_verdict": _ask_verdict,
    "desk.verify": _verify,
    "desk.verify_photos": _verify_photos,
    "desk.verify_file": _verify_file,
    "desk.verify_cancel": _verify_cancel,
}
ACTIONS: Final = guarded(ending_question(_ACTIONS))
