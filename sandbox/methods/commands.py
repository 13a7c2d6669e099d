"""The command menu and the menu button."""

from __future__ import annotations

import json
import re
from typing import Final

from sandbox.errors import bad_request
from sandbox.methods.context import CallContext, Handler, find_chat
from sandbox.model import Json

MAX_COMMANDS: Final = 100
_NAME: Final = re.compile(r"[a-z0-9_]{1,32}")


def _key(context: CallContext) -> tuple[str, str]:
    scope = context.params.object("scope", "BotCommandScope") or {"type": "default"}
    return json.dumps(scope, sort_keys=True), context.params.text("language_code") or ""


def set_my_commands(context: CallContext) -> bool:
    commands = context.params.array("commands", "commands") or []
    if len(commands) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    kept = [_command(command) for command in commands]
    context.world.commands[_key(context)] = kept
    _touch(context)
    return True


def _command(command: Json) -> Json:
    name = str(command.get("command", "")).removeprefix("/")
    description = str(command.get("description", "")).strip()
    if not _NAME.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": description}


def get_my_commands(context: CallContext) -> list[Json]:
    return context.world.commands.get(_key(context), [])


def delete_my_commands(context: CallContext) -> bool:
    context.world.commands.pop(_key(context), None)
    _touch(context)
    return True


def _touch(context: CallContext) -> None:
    """Note that the menus of the scope's chats have changed: of one chat, or of all."""
    scope = context.params.object("scope", "BotCommandScope") or {}
    world = context.world
    chat = world.chats.get(scope.get("chat_id", 0))
    for one in [chat] if chat else [] if "chat_id" in scope else list(world.chats.values()):
        world.touch(one)


def set_chat_menu_button(context: CallContext) -> bool:
    button = context.params.object("menu_button", "menu button") or {"type": "default"}
    if context.params.values.get("chat_id"):
        chat = find_chat(context)
        chat.menu_button = button
        context.world.touch(chat)
    else:
        context.world.menu_button = button
    return True


def get_chat_menu_button(context: CallContext) -> Json:
    own = find_chat(context).menu_button if context.params.values.get("chat_id") else None
    return own or context.world.menu_button


TABLE: Final[dict[str, Handler]] = {
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setChatMenuButton": set_chat_menu_button,
    "getChatMenuButton": get_chat_menu_button,
}
