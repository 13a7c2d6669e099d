"""Tasks: their lifecycle, deadlines, lamps and targets."""
