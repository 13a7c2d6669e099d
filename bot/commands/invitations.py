"""``invite``: makes one-time links, and prints them or writes them to a sheet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from telegram import Bot
from telegram.error import InvalidToken, TelegramError
from telegram.request import HTTPXRequest

from bot.certificates import trusted
from bot.commands.command_context import CommandContext, UsageError
from locales import Text
from reports.invitations import InvitationLine, write_invitations
from services.errors import DomainError
from services.people import enrolment


async def invite(
    context: CommandContext,
    names: Sequence[str],
    out: Path | None,
    *,
    again: Sequence[str] = (),
    as_json: bool,
    yes: bool,
) -> None:
    """Make links for people not yet enrolled (all, or only ``names``), and for ``again``, enrolled or not."""
    token = context.settings.token()
    username = await _username(context, token)
    async with context.database.reading() as session:
        count = await enrolment.count_uninvited(session, names, again)
    if not count:
        raise DomainError("cli.nobody_to_invite")
    context.confirm(Text("cli.ask_invite", count=count), yes=yes)
    now = await context.clock.now()
    valid_for = timedelta(days=context.settings.invitation_days)
    async with context.database.transaction() as session:
        made = await enrolment.invite(session, now=now, valid_for=valid_for, names=names, again=again)
        lines = [
            InvitationLine(
                unit=invitation.unit,
                name=invitation.contact.name,
                link=f"https://t.me/{username}?start={invitation.token}",
                expires=f"{invitation.expires_at.astimezone(context.campaign.zone):%Y-%m-%d %H:%M}",
            )
            for invitation in made
        ]
        if out is not None:
            # This is inside the transaction: links that cannot be written do not replace the old ones.
            _write(out, lines, context.locale)
    _show(context, lines, out, as_json)


def _write(out: Path, lines: Sequence[InvitationLine], locale: str) -> None:
    try:
        write_invitations(out, lines, locale)
    except OSError as error:
        key = "cli.file_exists" if isinstance(error, FileExistsError) else "cli.file_not_written"
        raise UsageError(key, file=str(out)) from None


def _show(context: CommandContext, lines: Sequence[InvitationLine], out: Path | None, as_json: bool) -> None:
    if as_json:
        shown = [
            {"unit": line.unit, "name": line.name, "expires": line.expires}
            | ({} if out else {"link": line.link})
            for line in lines
        ]
        context.print_json({"invitations": shown, "file": str(out) if out else None})
    elif out is not None:
        context.say("cli.invitations_written", count=len(lines), file=str(out))
    else:
        for line in lines:
            context.say("cli.invitation", unit=line.unit, name=line.name, link=line.link, until=line.expires)


async def _username(context: CommandContext, token: str) -> str:
    """The bot's user name, which the links need; only Telegram knows it."""
    trusting = {"verify": trusted()}
    request = HTTPXRequest(connect_timeout=10, read_timeout=20, httpx_kwargs=trusting)
    updates = HTTPXRequest(httpx_kwargs=trusting)
    bot = Bot(token, base_url=context.settings.api_base_url, request=request, get_updates_request=updates)
    try:
        async with bot:
            return bot.username
    except InvalidToken:
        raise DomainError("cli.refused_token") from None
    except TelegramError:
        raise DomainError("cli.network") from None
