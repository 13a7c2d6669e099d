"""A case's card: its text, its history, its photos, and the buttons that its reader has."""
