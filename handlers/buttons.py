"""Pressed buttons: the opaque key is resolved, then one action runs. One table, one line a button."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final

from telegram import Update

from handlers.work import Work, current
from locales import Text
from services import buttons, filing, outbox, progress, tallies, tasks
from services.access import Actor

Arguments = Mapping[str, Any]
Action = Callable[[Work, Actor, Arguments], Awaitable[None]]


async def pressed(update: Update, context: Any) -> None:
    work = current.get()
    query = update.callback_query
    actor = work.require_actor()
    button = await buttons.resolve(work.session, query.data if query else None, actor)
    await ACTIONS[button.action](work, actor, button.arguments)


async def _list(work: Work, actor: Actor, arguments: Arguments) -> None:
    view = await tasks.list_view(
        work.session,
        actor,
        now=work.now,
        campaign=work.campaign,
        offset=arguments.get("offset", 0),
        completed=arguments.get("completed", False),
    )
    # Turning a page changes the list that is there; 查看任务清单 under a nag leaves the nag in place.
    if "offset" in arguments:
        work.replace(view)
    else:
        work.say(view)


async def _card(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.say(await _card_of(work, actor, arguments))


async def _card_of(work: Work, actor: Actor, arguments: Arguments) -> Any:
    return await tasks.card(work.session, actor, arguments["task_id"], now=work.now, campaign=work.campaign)


async def _acknowledge(work: Work, actor: Actor, arguments: Arguments) -> None:
    new = await tasks.acknowledge(work.session, actor, [arguments["task_id"]], now=work.now)
    work.flash(Text("tasks.acknowledged" if new else "tasks.acknowledged_before"))
    work.replace(await _card_of(work, actor, arguments))


async def _acknowledge_all(work: Work, actor: Actor, arguments: Arguments) -> None:
    new = await tasks.acknowledge(work.session, actor, arguments["task_ids"], now=work.now)
    work.flash(Text("tasks.acknowledged_count", count=new))
    work.replace(await tasks.list_view(work.session, actor, now=work.now, campaign=work.campaign))


async def _complete(work: Work, actor: Actor, arguments: Arguments) -> None:
    new = await tasks.complete(work.session, actor, arguments["task_id"], now=work.now)
    work.flash(Text("tasks.completed" if new else "tasks.completed_before"))
    work.replace(await _card_of(work, actor, arguments))


async def _reopen(work: Work, actor: Actor, arguments: Arguments) -> None:
    new = await tasks.reopen(work.session, actor, arguments["task_id"], now=work.now, campaign=work.campaign)
    work.flash(Text("tasks.reopened" if new else "tasks.open_already"))
    work.replace(await _card_of(work, actor, arguments))


async def _task_sources(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.say(
        await tallies.task_sources(
            work.session, actor, arguments["task_id"], now=work.now, campaign=work.campaign
        )
    )


async def _sources(work: Work, actor: Actor, arguments: Arguments) -> None:
    """From a group the details go to the private chat: there the reader's own rights hold."""
    until = datetime.fromisoformat(arguments["until"])
    view = await tallies.sources(work.session, actor, until=until, campaign=work.campaign)
    if work.private:
        work.say(view)
        return
    sent = await tallies.send_privately(work.session, actor, view, now=work.now)
    work.flash(Text("sources.sent_privately" if sent else "sources.start_first"), alert=not sent)


async def _begin(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.say(await progress.begin(work.session, actor, work.chat_id, arguments["task_id"], now=work.now))


async def _zero(work: Work, actor: Actor, arguments: Arguments) -> None:
    view = await filing.file_zero(
        work.session, actor, arguments.get("task_id"), now=work.now, campaign=work.campaign
    )
    work.flash(view.lines[0])


async def _pick(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(
        await progress.pick_task(
            work.session, actor, work.chat_id, arguments["revision"], arguments["task_id"], now=work.now
        )
    )


async def _change(work: Work, actor: Actor, arguments: Arguments) -> None:
    changes = dict(arguments)
    revision, index = changes.pop("revision"), changes.pop("index")
    work.replace(
        await progress.change_figure(
            work.session, actor, work.chat_id, revision, index, now=work.now, **changes
        )
    )


async def _file_under(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(
        await progress.offer_metrics(
            work.session, actor, work.chat_id, arguments["revision"], arguments["index"]
        )
    )


async def _show(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(await progress.show(work.session, actor, work.chat_id, arguments["revision"]))


async def _other_task(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(
        await progress.other_task(work.session, actor, work.chat_id, arguments["revision"], now=work.now)
    )


async def _edit(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.say(
        await progress.ask_text_again(work.session, actor, work.chat_id, arguments["revision"], now=work.now)
    )


async def _cancel(work: Work, actor: Actor, arguments: Arguments) -> None:
    await progress.require(work.session, actor, work.chat_id, arguments["revision"])
    work.replace(await progress.cancel(work.session, actor, work.chat_id))


async def _confirm(work: Work, actor: Actor, arguments: Arguments) -> None:
    view = await filing.confirm(
        work.session, actor, work.chat_id, arguments["revision"], now=work.now, campaign=work.campaign
    )
    work.replace(view)


async def _resend(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(
        await outbox.resend(work.session, actor, arguments["outbox_id"], now=work.now, campaign=work.campaign)
    )


ACTIONS: Final[Mapping[str, Action]] = {
    "task.list": _list,
    "task.card": _card,
    "task.acknowledge": _acknowledge,
    "task.acknowledge_all": _acknowledge_all,
    "task.complete": _complete,
    "task.reopen": _reopen,
    "task.sources": _task_sources,
    "figures.sources": _sources,
    "report.start": _begin,
    "report.zero": _zero,
    "report.pick": _pick,
    "report.mode": _change,
    "report.metric": _change,
    "report.choice": _change,
    "report.file": _file_under,
    "report.show": _show,
    "report.other_task": _other_task,
    "report.edit": _edit,
    "report.cancel": _cancel,
    "report.confirm": _confirm,
    "outbox.resend": _resend,
}
