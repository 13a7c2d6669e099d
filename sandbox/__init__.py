"""A stand-in for Telegram on loopback: a Bot API server with chats that a person or a test can drive.

The program under test speaks HTTP to it, as it would to Telegram. A test acts as people through the
control API (`sandbox.client.SandboxClient`). Nothing here imports the program, and no state is global:
everything lives in one `sandbox.world.World`.
"""
