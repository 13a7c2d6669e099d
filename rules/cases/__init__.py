"""Cases: their lifecycle, facts, rights, colours, limits and places."""
