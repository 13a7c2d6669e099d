"""How updates come in: fetched, stored before Telegram is told, and handled in the order of their chats."""
