"""Cases: their lifecycle, facts, rights, colours and limits."""
