"""The methods getMe, getUpdates and those of the webhook's settings."""

from __future__ import annotations

from typing import Any, Final

from sandbox.methods.context import CallContext, Handler
from sandbox.model import Json
from sandbox.payloads import user_json
from sandbox.updates import MAX_LIMIT, MAX_TIMEOUT


def get_me(context: CallContext) -> Json:
    return user_json(context.world.bot) | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


async def get_updates(context: CallContext) -> list[Json]:
    params, updates = context.params, context.world.updates
    if updates.webhook is None:
        updates.allow(params.array("allowed_updates", "allowed updates"))
    limit = params.integer("limit") or MAX_LIMIT
    return await updates.poll(
        offset=params.integer("offset") or 0,
        limit=min(max(limit, 1), MAX_LIMIT),
        seconds=min(max(params.number("timeout") or 0, 0), MAX_TIMEOUT),
    )


def set_webhook(context: CallContext) -> bool:
    params, updates = context.params, context.world.updates
    if params.flag("drop_pending_updates"):
        updates.drop_all()
    url = params.text("url")
    if not url:
        updates.set_webhook(None)
        return True
    updates.allow(params.array("allowed_updates", "allowed updates"))
    webhook: Json = {"url": url, "has_custom_certificate": params.upload("certificate") is not None}
    webhook["max_connections"] = params.integer("max_connections") or 40
    webhook["secret_token"] = params.text("secret_token")
    updates.set_webhook(webhook)
    return True


def delete_webhook(context: CallContext) -> bool:
    if context.params.flag("drop_pending_updates"):
        context.world.updates.drop_all()
    context.world.updates.set_webhook(None)
    return True


def get_webhook_info(context: CallContext) -> Json:
    updates = context.world.updates
    info: dict[str, Any] = {"url": "", "has_custom_certificate": False, "pending_update_count": len(updates)}
    if updates.webhook is not None:
        info |= {name: value for name, value in updates.webhook.items() if name != "secret_token"}
    if updates.allowed is not None:
        info["allowed_updates"] = sorted(updates.allowed)
    return info


TABLE: Final[dict[str, Handler]] = {
    "getMe": get_me,
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
}
