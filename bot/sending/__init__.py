"""What the sender keeps of a chat, and how it sends prompts, which are no promises."""
