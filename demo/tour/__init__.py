"""The tour: one campaign day, played in a sandbox through HTTP only. ``play`` is its beginning and end."""
