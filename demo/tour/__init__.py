"""The tour: one campaign day, played in a sandbox over HTTP only. Start reading at ``play.py``."""
