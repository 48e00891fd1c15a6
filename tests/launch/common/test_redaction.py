"""No secret of a URI is ever shown: by hand, and for whatever password a person may have chosen."""

import shlex
import sys
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from launch.common import provenance
from launch.common.redaction import has_secret, redact, shown


@pytest.mark.parametrize(
    ("uri", "safe"),
    [
        ("http://me:hunter2@127.0.0.1:5000/x?y=1", "http://me:***@127.0.0.1:5000/x?y=1"),
        ("https://hunter2@mlflow.example", "https://***@mlflow.example"),
        ("https://hunter2:@mlflow.example", "https://***@mlflow.example"),
        ("https://hunter2:x-oauth-basic@mlflow.example", "https://***@mlflow.example"),
        ("https://a_token_of_over_twenty:x@mlflow.example", "https://***@mlflow.example"),
        ("http://:hunter2@host", "http://:***@host"),
        ("http://me:hun@ter:2/x@host/path", "http://me:***@host/path"),
        ("http://me:hunter2@[::1]:5000", "http://me:***@[::1]:5000"),
        ("HTTPS://hunter2@host", "HTTPS://***@host"),
        ("postgresql://me:hunter2@db/studies", "postgresql://me:***@db/studies"),
        ("postgresql+psycopg2://me:hunter2@db:5432/x", "postgresql+psycopg2://me:***@db:5432/x"),
        ("postgresql:///x?user=me&password=hunter2", "postgresql:///x?user=me&password=***"),
        ("postgresql://me:a@b@db/x?password=p@ss", "postgresql://me:***@db/x?password=***"),
        ("postgresql://db:5432/x?password=p@ss", "postgresql://db:***"),
        ("mysql+pymysql://me:hunter2@db/x?ssl_key=k&charset=utf8", "mysql+pymysql://me:***@db/x?ssl_key=***&charset=utf8"),
        ("mysql://db/x?PassWord=hunter2", "mysql://db/x?PassWord=***"),
        ("mssql+pyodbc:///?odbc_connect=Driver%3Dx%3BPWD%3Dhunter2", "mssql+pyodbc:///?odbc_connect=***"),
        ("s3://KEY:hunter2@bucket/x", "s3://KEY:***@bucket/x"),
        ("s3://bucket/x?access_key=a1&secret_key=b2&region=eu", "s3://bucket/x?access_key=***&secret_key=***&region=eu"),
        ("s3://bucket/x?AWSAccessKeyId=a1&accessKey=b2", "s3://bucket/x?AWSAccessKeyId=***&accessKey=***"),
        ("https://h/x?X-Amz-Signature=a&X-Amz-Date=b", "https://h/x?X-Amz-Signature=***&X-Amz-Date=b"),
        ("https://h/x?sv=2020&sig=abc%3D", "https://h/x?sv=2020&sig=***"),
        ("https://h/x?sas=abc", "https://h/x?sas=***"),
        ("https://h/x?pass%77ord=abc", "https://h/x?pass%77ord=***"),
        ("https://h/x#access_token=abc", "https://h/x#access_token=***"),
        ("jdbc:sqlserver://db;user=me;password=hunter2", "jdbc:sqlserver://db;user=me;password=***"),
        ("sqlite+pysqlcipher://:hunter2@/x.db", "sqlite+pysqlcipher://:***@/x.db"),
        ("--tracking-uri=http://me:hunter2@host", "--tracking-uri=http://me:***@host"),
        ("sqlite:///x.db,http://me:hunter2@host", "sqlite:///x.db,http://me:***@host"),
    ],
)  # fmt: skip
def test_secrets_are_hidden(uri, safe):
    assert shown(uri) == safe
    assert has_secret(uri)
    assert shown(safe) == safe
    assert not has_secret(safe)
    assert redact(f"cannot reach {uri} (timeout)") == f"cannot reach {safe} (timeout)"


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:5000",
        "http://localhost:5000/#/experiments/1?o=2",
        "https://mlflow.example/path?design=1&monkeys=2&disaster=3&page=4",
        "http://[::1]:5000",
        "postgresql://me@db/studies",
        "postgresql://db:5432/studies?sslmode=require",
        "sqlite:////home/me@work/a:b/mlflow.db",
        "sqlite:///runs/mlflow.db",
        "file:///tmp/x@y:z",
        "s3://bucket/x",
        "models:/devnet-celeba@champion",
        "runs/mlflow.db",
        "me:hunter2@host",
        "",
    ],
)
def test_what_holds_no_secret_stays_as_it_is(uri):
    assert shown(uri) == uri
    assert not has_secret(uri)
    assert redact(f"see {uri} or ask me@example.org") == f"see {uri} or ask me@example.org"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a http://u:p1@h, b 'http://v:p2@i'; c", "a http://u:***@h, b 'http://v:***@i'; c"),
        ("can't reach http://u:p1@h, it's down", "can't reach http://u:***@h, it's down"),
        ("x --uri 'http://u:p '\"'\"'1@h' --n 1", "x --uri 'http://u:***@h' --n 1"),
        ("x '--uri=http://h/?token=a b' --n 1", "x '--uri=http://h/?token=***' --n 1"),
        ('{"uri": "http://u:p1@h", "n": 1}', '{"uri": "http://u:***@h", "n": 1}'),
        ("nobody quoted http://u:p 1@h here", "nobody quoted http://u:***@h here"),
        ("one http://u:p1@h\ntwo http://v:p2@i\n", "one http://u:***@h\ntwo http://v:***@i\n"),
        ("http://localhost:5000 is down, ask me@example.org", "http://localhost:5000 is down, ask me@example.org"),
        ("no URI: me:secret@host", "no URI: me:secret@host"),
    ],
)
def test_secrets_in_a_text(text, safe):
    assert redact(text) == safe


def test_secrets_that_a_library_repeats_without_their_uri():
    uri = "http://me:hunt%40er2/deep:water@host"
    text = "nonnumeric port: 'hunt%40er2'; Failed to resolve 'hunt@er2' at /deep:water@host"
    assert redact(text, uri) == "nonnumeric port: '***'; Failed to resolve '***' at /***:***@host"
    assert redact("nothing to hide", "http://host") == "nothing to hide"


# -- whatever a person may have chosen ---------------------------------------------------

NAMES = st.text("abcdefgh", min_size=1, max_size=8)
# a marker inside tells the password from the rest of the URI; characters of any kind around it
ODD = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Zl", "Zp")), max_size=12)
PASSWORDS = st.builds("{}Zq9x{}".format, ODD, ODD)
WEB = st.sampled_from(["http", "https"])
SCHEMES = st.sampled_from(["http", "https", "postgresql", "postgresql+psycopg2", "mysql", "s3", "sqlite+pysqlcipher"])
PARAMETERS = st.sampled_from(
    ["password", "sslpassword", "pwd", "token", "api_key", "sig", "sas", "client-secret", "accessKey"]
)
PROPERTY = settings(max_examples=150, deadline=None)


def survives(password: str, text: str) -> bool:
    """Whether the password, or the marker in it, can be read."""
    return "Zq9x" in text or password in text


@PROPERTY
@given(SCHEMES, NAMES, PASSWORDS, NAMES)
def test_no_password_survives(scheme, user, password, host):
    uri = f"{scheme}://{user}:{password}@{host}/db?x=1"
    for form in (uri, f"{scheme}://{user}:{quote(password, safe='')}@{host}"):
        assert not survives(password, shown(form)), form
        assert has_secret(form)
        assert shown(shown(form)) == shown(form)
        assert not survives(password, redact(f"python tune.py {shlex.quote(form)} --trials 3")), form
        assert not survives(password, redact(shlex.join(["tune.py", f"--tracking-uri={form}", "--name", "x@y"]))), form


@PROPERTY
@given(WEB, PASSWORDS, NAMES)
def test_no_token_survives(scheme, token, host):
    # a colon would end the user's name
    for uri in (f"{scheme}://{token.replace(':', '')}@{host}", f"{scheme}://{quote(token, safe='')}:@{host}/x"):
        assert not survives(token, shown(uri)), uri
        assert not survives(token, redact(shlex.join(["tune.py", uri]))), uri


@PROPERTY
@given(SCHEMES, PARAMETERS, PASSWORDS, NAMES)
def test_no_parameter_survives(scheme, name, password, host):
    # an ampersand ends a parameter: whoever has one in a password must escape it
    for value in (password.replace("&", ""), quote(password, safe="")):
        uri = f"{scheme}://{host}/db?a=1&{name}={value}&b=2"
        assert not survives(password, shown(uri)), uri
        assert not survives(password, redact(shlex.join(["tune.py", uri]))), uri


@PROPERTY
@given(SCHEMES, NAMES, PASSWORDS, NAMES)
def test_no_password_survives_in_the_words_of_an_error(scheme, user, password, host):
    uri = f"{scheme}://{user}:{password}@{host}"
    text = f"OperationalError({uri!r}) host '{password}' port {password.rpartition('@')[2]!r}"
    assert not survives(password, redact(text, uri)), text


@PROPERTY
@given(st.text())
def test_any_text_can_be_redacted(text):
    assert "://" in text or redact(text) == text
    assert redact(redact(text)) == redact(text)


# -- where they could leak ------------------------------------------------------------------


def test_the_recorded_command_line(monkeypatch):
    uri = "postgresql://me:p@s:s'w o/rd@db/x?password=more"
    monkeypatch.setattr(sys, "argv", ["launch/tune.py", "devnet", "--tracking-uri", uri, f"--study-storage={uri}"])
    assert provenance.command() == (
        "python launch/tune.py devnet --tracking-uri 'postgresql://me:***@db/x?password=***'"
        " '--study-storage=postgresql://me:***@db/x?password=***'"
    )
