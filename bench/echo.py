"""The smallest program of python-telegram-bot: it polls and answers each text with the same text."""

from __future__ import annotations

import os
from typing import Any

from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters


async def answer(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
    if update.effective_message is not None:
        await update.effective_message.reply_text(update.effective_message.text or "")


def main() -> None:
    builder: Any = Application.builder().token(os.environ["ECHO_TOKEN"])
    application = builder.base_url(os.environ["ECHO_BASE_URL"]).build()
    application.add_handler(MessageHandler(filters.TEXT, answer))
    application.run_polling()


if __name__ == "__main__":
    main()
