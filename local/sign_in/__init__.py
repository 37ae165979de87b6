"""The sign-in of one machine: a small OpenID Connect provider for invented clerks, on the loopback only.

It takes the code path that any other provider takes (docs: operations), and must never serve a real installation:
whoever has the sign-in code may be any of its clerks.
"""
