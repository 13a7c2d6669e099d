"""通知与回执: how a notice lives, what may be answered to it, until when, and what must not stand in one."""
