"""Aktensuche for software in Python: sign in, find, cite. Speaks HTTP to the interface and imports nothing of ours.

    software = Software("https://sign-in.example/realms/aktensuche", "fachverfahren", secret)
    with Aktensuche("https://aktensuche.example", lambda: software.on_behalf_of(clerk_token)) as akten:
        for hit in akten.precedents(draft, purpose="Antrag, Az. 632.6-31/2026")["hits"]:
            print(hit["citation"], hit["passages"])

Answers are the JSON of docs/api/openapi.json as it comes; new members may come with a new version.
"""

from aktensuche_client.client import Aktensuche
from aktensuche_client.problems import IncompleteError, NotThereError, ProblemError
from aktensuche_client.sign_in import Software

__all__ = ["Aktensuche", "IncompleteError", "NotThereError", "ProblemError", "Software"]
