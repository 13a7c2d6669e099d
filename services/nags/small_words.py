"""Small words in the private chat: none becomes a report. 收到 as a reply signs; a question gets help."""

from __future__ import annotations

from locales import Text
from models import drafts, people, tasks
from models.db import ident
from models.drafts import Draft, DraftKind
from rules import chatter
from rules.chatter import HelpTopic, SmallWord
from services import access, help_texts
from services.drafts import draft_kinds
from services.message_subjects import MessageSubjects
from services.nags import signing
from services.people import leave_dialogue
from services.task_wording import due_text, list_button
from services.tasks import blank_reports
from services.turn import Turn
from services.views import View, say


async def answer(turn: Turn, text: str, about: MessageSubjects, replied: int | None = None) -> View | None:
    """The answer to small words; None: they may be a report, or a part of the paper that is being made.

    ``about``: the subjects of the message ``replied`` that they reply to.
    """
    word = chatter.small_word(text)
    if word is None and await _urges_a_unit(turn, text):
        word = SmallWord.ON_CARD
    if word is None:
        return None
    draft = await drafts.draft_of(turn.session, turn.actor.id, turn.chat)
    if word in (SmallWord.QUESTION, SmallWord.LEAVE, SmallWord.ON_CARD):
        # The description of a problem may read like a question.
        if draft is not None and draft.kind is not DraftKind.REPORT:
            return None
        if word is SmallWord.ON_CARD:
            return View([Text("help.small.on_card")], [[list_button(turn.actor.id)]])
        return (
            await leave_dialogue.begin(turn, "")
            if word is SmallWord.LEAVE
            else await _help(turn, text, about)
        )
    if draft is not None and (not about or replied == draft.card_message_id) and await _waits(turn, draft):
        return say("help.small.card_waits")
    if word is SmallWord.MISTAKE:
        return View([help_texts.on_topic(HelpTopic.CORRECTION)])
    if about and word is SmallWord.RECEIVED:
        return await signing.sign_or_list(turn, about)
    unsigned = await (signing.unsigned_of(turn, about) if about else signing.all_unsigned(turn))
    return signing.listed(turn, unsigned, "signing.waiting") if unsigned else say(f"help.small.{word.value}")


async def _urges_a_unit(turn: Turn, text: str) -> bool:
    """Whether the words urge a unit by its name. Other words after 催办 may tell what was done."""
    whom = chatter.urged(text)
    return whom is not None and bool(await people.units_named(turn.session, {whom}))


async def _waits(turn: Turn, draft: Draft) -> bool:
    """Whether the draft waits for its person; a correction does before anything is changed on it."""
    return draft.report_id is not None or await draft_kinds.holds_something(turn.session, draft)


async def _help(turn: Turn, text: str, about: MessageSubjects) -> View:
    """The help that fits; a question about one task begins with its limit and standard."""
    lines, row = [], [list_button(turn.actor.id)]
    topic = chatter.help_topic(text)
    if len(about.task_ids) == 1 and await access.sees_all_of(turn.session, turn.actor, about.task_ids):
        for task in (await tasks.tasks_by_id(turn.session, about.task_ids)).values():
            due = due_text(task, turn.now, turn.campaign)
            lines.append(Text("help.about_task", objective=task.objective, due=due, standard=task.standard))
            if topic is HelpTopic.REPORT and turn.actor.reports:
                row += (await blank_reports.last_blank(turn, ident(task))).buttons
    lines.append(help_texts.on_topic(topic))
    return View(lines, [row], about.task_ids if len(lines) > 1 else ())
