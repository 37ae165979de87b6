"""The page on which a clerk of this machine signs in: plain German HTML, no script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from html import escape

from local.sign_in.accounts import ACCOUNTS, TOWNS

_STYLE = """
body{font:1.125rem/1.5 system-ui,sans-serif;margin:0;background:#f5f5f5;color:#1a1a1a}
main{max-width:34rem;margin:2rem auto;padding:2rem;background:#fff;border:1px solid #767676;border-radius:.5rem}
label{display:block;font-weight:600;margin:1.25rem 0 .25rem}
select,input,button{font:inherit;width:100%;box-sizing:border-box;padding:.6rem;border:1px solid #595959;
border-radius:.25rem;background:#fff;color:inherit}
button{margin-top:1.75rem;background:#171a58;color:#fff;border-color:#171a58;cursor:pointer}
:focus-visible{outline:3px solid #171a58;outline-offset:3px}
.hint{margin:0 0 .25rem;color:#454545;font-size:1rem}
.error{border-left:.4rem solid #a30015;padding:.5rem 1rem;background:#fdeeee}
"""
#: lets the browser apply this style and no other
STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode("utf-8")).digest()).decode("ascii")


def sign_in_page(hidden: Mapping[str, str], *, chosen: str = "", problem: str | None = None) -> str:
    """Return the form; `hidden` travels through it unchanged."""
    groups = "".join(
        f'<optgroup label="{escape(town)}">'
        + "".join(
            f'<option value="{escape(a.subject)}"{" selected" if a.subject == chosen else ""}>'
            f"{escape(a.name)} · {escape(a.post)}</option>"
            for a in ACCOUNTS.values()
            if a.tenant == tenant
        )
        + "</optgroup>"
        for tenant, town in TOWNS.items()
    )
    carried = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in hidden.items()
    )
    described = "code-hint problem" if problem else "code-hint"
    invalid = ' aria-invalid="true" autofocus' if problem else ""
    message = f'<p class="error" id="problem" role="alert">{escape(problem)}</p>' if problem else ""
    return _document(
        ("Fehler: " if problem else "") + "Anmelden",
        f"""<h1>Anmelden</h1>
<p>Diese Anmeldung gehört zum Probebetrieb auf diesem Rechner. Alle Personen sind erfunden.</p>
{message}<form method="post" action="/sign-in">{carried}
<label for="subject">Wer sind Sie?</label>
<select id="subject" name="subject" required>{groups}</select>
<label for="code">Anmeldecode</label>
<p class="hint" id="code-hint">Er steht in dem Fenster, in dem das Programm gestartet wurde.</p>
<input id="code" name="sign_in_code" required autocomplete="off" autocapitalize="none" spellcheck="false"
 aria-describedby="{described}"{invalid}>
<button type="submit">Anmelden</button></form>""",
    )


def message_page(title: str, text: str) -> str:
    """Return a page that only says something."""
    return _document(title, f"<h1>{escape(title)}</h1><p>{escape(text)}</p>")


def _document(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="de"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · Aktensuche</title><style>{_STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>"
    )
