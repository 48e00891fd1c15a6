"""Passwords and tokens in URIs are never shown or recorded.

Where a text does not say where a secret ends, more is hidden rather than less. `make_url(...).render_as_string()` of
SQLAlchemy is no substitute: it knows well-formed URIs of databases, and shows 7 of the 29 in this module's tests as
they should be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

HIDDEN = "***"
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
TOKEN = re.compile(r"""(?:'[^'\n]*'|"[^"\n]*"|\S)+""")
FILES = ("sqlite:///", "sqlite+pysqlite:///", "sqlite+aiosqlite:///", "file:///")
SECRET_PARTS = ("passw", "passphrase", "pwd", "secret", "token", "signature", "credential", "authoriz", "odbcconnect")
SECRET_WORDS = {"key", "keys", "sig", "sas", "auth", "pass", "jwt"}
PARAMETER = re.compile(r"[?&;#]([^=&;#?]{1,200})=")
LONGEST_NAME = 20
"""A longer user name of a web address may be a token."""


def shown(uri: str) -> str:
    """The URI without any secret in it; a path stays as it is."""
    start = SCHEME.search(uri)
    if start is None:
        return uri
    scheme, rest = start[0].lower(), uri[start.end() :]
    hidden = _hide_values(rest)
    if (scheme + rest[:1]).startswith(FILES):
        hidden = shown(hidden)  # a path has no password, but another URI may follow
    elif "@" in hidden:
        hidden = _hide_user(scheme in ("http://", "https://"), hidden)
    elif "@" in rest:  # it went with a parameter, so that may have been a part of a password
        name = re.split(r"[:?&;#]", hidden, maxsplit=1)[0]
        hidden = f"{name}:{HIDDEN}" if hidden[len(name)] == ":" else HIDDEN
    return uri[: start.end()] + hidden


def has_secret(uri: str) -> bool:
    """Whether there is something in the URI that must not be shown."""
    return shown(uri) != uri


def redact(text: str, *known: str) -> str:
    """The text without the secrets of any URI in it.

    Those of known URIs are looked for by themselves too: some libraries take a
    part of a password for the host, and say so.
    """
    for secret in sorted({secret for uri in known for secret in _secrets(uri)}, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return "".join(_redact_line(line) for line in text.splitlines(keepends=True)) if "://" in text else text


def _redact_line(line: str) -> str:
    done: list[str] = []
    end = 0
    for token in TOKEN.finditer(line):
        if token.start() < end or "://" not in token[0]:
            continue
        stop = token.end()
        if _goes_on(token[0]) and line.rfind("@") > stop:
            stop = next(match.end() for match in TOKEN.finditer(line, stop) if match.end() > line.rfind("@"))
        done += [line[end : token.start()], _quoted(line[token.start() : stop])]
        end = stop
    return "".join([*done, line[end:]])


def _goes_on(token: str) -> bool:
    """Whether a token may end at a blank in a password that nobody quoted."""
    user, colon, password = token.partition("://")[2].partition(":")
    address = "/" in user or user.startswith("[") or re.match(r"\d+(\W|$)", password)
    return bool(colon) and "@" not in password and not address


def _quoted(token: str) -> str:
    """Hide in a token; quotes around it stay, so that a command line can still be read."""
    for quote in "'\"":
        if token.endswith(quote) and quote in token.partition("://")[0]:
            return shown(token[:-1]) + quote
    return shown(token)


def _hide_user(web: bool, rest: str) -> str:
    # the last @: a password that is not escaped may hold @, : and /
    user, _, host = rest.rpartition("@")
    name, colon, password = user.partition(":")
    if not colon:
        return f"{HIDDEN}@{host}" if web else rest
    if web and password != HIDDEN and (password in ("", "x-oauth-basic") or len(name) > LONGEST_NAME):
        return f"{HIDDEN}@{host}"  # the name is a token
    return f"{name}:{HIDDEN}@{host}"


def _hide_values(rest: str) -> str:
    done: list[str] = []
    end = 0
    for start, stop in _values(rest):
        done += [rest[end:start], HIDDEN]
        end = stop
    return "".join([*done, rest[end:]])


def _values(rest: str) -> Iterator[tuple[int, int]]:
    """Where the values of secret parameters start and stop: at the next & and nowhere before."""
    end = 0
    for match in PARAMETER.finditer(rest):
        if match.end() > end and _is_secret(unquote(match[1])):
            stop = rest.find("&", match.end())
            end = len(rest) if stop < 0 else stop
            if end > match.end():
                yield match.end(), end


def _is_secret(name: str) -> bool:
    """Whether a parameter's name says that its value is a secret."""
    plain = re.sub(r"[^a-z]", "", name.lower())
    words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}
    return plain.endswith("key") or bool(words & SECRET_WORDS) or any(part in plain for part in SECRET_PARTS)


def _secrets(uri: str) -> Iterator[str]:
    """Secrets of a URI as they stand in it, as they are meant, and as Python quotes them."""
    scheme = SCHEME.search(uri)
    if scheme is None or not has_secret(uri):
        return
    rest = uri[scheme.end() :]
    user, at, _ = rest.rpartition("@")
    secrets = [rest[start:stop] for start, stop in _values(rest)]
    if at and not uri.lower().startswith(FILES):
        name, colon, password = user.partition(":")
        secrets += [password, *re.split(r"[@:/?#]", password)] if colon else [name]
    for secret in secrets:
        for form in {secret, unquote(secret)}:
            if len(form) > 3 and form != HIDDEN:
                yield from {form, repr(form)[1:-1], repr('"' + form)[2:-1]}
