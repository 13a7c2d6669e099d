"""The certificates that this machine trusts."""

from __future__ import annotations

import ssl
from functools import cache

import httpx


@cache
def trusted() -> ssl.SSLContext:
    """What httpx trusts, for all our clients: to read it takes longer than many a request."""
    return httpx.create_ssl_context()
