"""Settings: every kind is read, every fault is a sentence, and nothing starts on a wrong one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured

from inbox.environment import LANGUAGE_CODES, SETTINGS, read_environment

ROOT = Path(__file__).parents[2]
REQUIRED = {
    "DATABASE_URL": "postgres:///x",
    "REDIS_URL": "redis:///0",
    "SAMSVAR_SECRET_KEY": "s" * 50,
    "SAMSVAR_KEYS": "k1:" + "A" * 43 + "=",
    "SAMSVAR_HASH_KEY": "h" * 40,
}


def read(**more):
    return read_environment(REQUIRED | more)


def faults(environ):
    with pytest.raises(ImproperlyConfigured) as caught:
        read_environment(environ)
    return str(caught.value).splitlines()[1:]


def test_only_the_required_ones_are_needed():
    values = read()

    assert set(values) == {setting.name for setting in SETTINGS}
    assert {name: values[name] for name in REQUIRED} == REQUIRED
    assert values["SAMSVAR_DEMO"] is False
    assert values["PORT"] == 8000
    assert values["SAMSVAR_HOME"] == Path("var")
    assert values["SAMSVAR_ALLOWED_HOSTS"] == []


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("SAMSVAR_DEMO", "1", True),
        ("SAMSVAR_DEMO", "Yes", True),
        ("SAMSVAR_DEMO", "off", False),
        ("SAMSVAR_DEMO", "", False),
        ("PORT", "65535", 65535),
        ("SAMSVAR_LISTEN_FD", "-1", -1),
        ("SAMSVAR_UNDO_SECONDS", "0", 0),
        ("SAMSVAR_HOME", "/srv/samsvar", Path("/srv/samsvar")),
        ("SAMSVAR_ALLOWED_HOSTS", "a.example, b.example,", ["a.example", "b.example"]),
        ("SAMSVAR_PLATFORM_URLS", "facebook=http://127.0.0.1:9?a=b", {"facebook": "http://127.0.0.1:9?a=b"}),
        ("SAMSVAR_COMPANY", "Fjord & Sønner", "Fjord & Sønner"),
        ("SAMSVAR_LANGUAGE", "fi", "fi"),
    ],
)
def test_every_kind_is_read(name, raw, value):
    assert read(**{name: raw})[name] == value


def test_every_missing_one_is_named_in_a_sentence():
    sentences = faults({})

    assert len(sentences) == len(REQUIRED)
    for name, sentence in zip(REQUIRED, sentences, strict=True):
        assert sentence.startswith(f"  Set {name} (or {name}_FILE): ")
        assert sentence.endswith(".")


def test_an_unknown_name_stops_the_start_and_others_do_not():
    assert faults(REQUIRED | {"SAMSVAR_COMPANI": "x", "OTHER": "y"}) == [
        "  SAMSVAR_COMPANI is not a setting; docs/settings.md lists them."
    ]


@pytest.mark.parametrize(
    ("name", "raw", "sentence"),
    [
        ("PORT", "0", "PORT must be between 1 and 65535."),
        ("PORT", "65536", "PORT must be between 1 and 65535."),
        ("PORT", "80a", "PORT must be a whole number."),
        ("SAMSVAR_UNDO_SECONDS", "31", "SAMSVAR_UNDO_SECONDS must be between 0 and 30."),
        ("SAMSVAR_DELIVERY_DAYS", "0", "SAMSVAR_DELIVERY_DAYS must be between 1 and 90."),
        ("SAMSVAR_WEBHOOK_BUFFER", "-1", "SAMSVAR_WEBHOOK_BUFFER must be between 1 and 100000."),
        ("SAMSVAR_DEMO", "maybe", "SAMSVAR_DEMO must be yes or no."),
        ("SAMSVAR_LANGUAGE", "xx", "SAMSVAR_LANGUAGE must be one of en, nb, sv, da, fi."),
        ("SAMSVAR_PLATFORM_URLS", "facebook", "SAMSVAR_PLATFORM_URLS must be name=value pairs with commas between."),
    ],
)
def test_a_wrong_value_is_named_without_being_repeated(name, raw, sentence):
    assert faults(REQUIRED | {name: raw}) == [f"  {sentence}"]


def test_every_bound_of_every_number_holds():
    for setting in (s for s in SETTINGS if s.kind is int):
        assert read(**{setting.name: str(setting.low)})[setting.name] == setting.low
        assert read(**{setting.name: str(setting.high)})[setting.name] == setting.high
        assert len(faults(REQUIRED | {setting.name: str(setting.low - 1)})) == 1
        assert len(faults(REQUIRED | {setting.name: str(setting.high + 1)})) == 1


def test_a_file_gives_the_value_without_its_last_line_end(tmp_path):
    file = tmp_path / "secret"
    file.write_text("from-a-file\n")
    given = {name: value for name, value in REQUIRED.items() if name != "SAMSVAR_SECRET_KEY"}

    values = read_environment(given | {"SAMSVAR_SECRET_KEY_FILE": str(file)})

    assert values["SAMSVAR_SECRET_KEY"] == "from-a-file"


def test_a_value_wins_over_a_file(tmp_path):
    assert read(SAMSVAR_SECRET_KEY_FILE=str(tmp_path / "absent"))["SAMSVAR_SECRET_KEY"] == "s" * 50


@pytest.mark.parametrize("content", [None, b"\xff\xfe\xff"])
def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path, content):
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    given = {name: value for name, value in REQUIRED.items() if name != "SAMSVAR_KEYS"}

    assert faults(given | {"SAMSVAR_KEYS_FILE": str(file)}) == ["  SAMSVAR_KEYS_FILE names a file that cannot be read."]


def test_languages_are_those_of_the_pages():
    assert tuple(code for code, _name in django_settings.LANGUAGES) == LANGUAGE_CODES


def test_secrets_are_marked():
    assert {s.name for s in SETTINGS if s.secret} == {
        "SAMSVAR_SECRET_KEY", "SAMSVAR_KEYS", "SAMSVAR_HASH_KEY", "SAMSVAR_METRICS_TOKEN", "SAMSVAR_MAIL_URL",
        "SAMSVAR_OIDC_CLIENT_SECRET",
    }  # fmt: skip


def test_the_page_of_settings_is_the_one_the_code_makes():
    from inbox.management.commands.document_settings import settings_page

    page = (ROOT / "docs/settings.md").read_text()

    assert page == settings_page(), "run manage.py document_settings"
    for setting in SETTINGS:
        assert page.count(f"| `{setting.name}` |") == 1


def test_the_command_writes_the_page(tmp_path, monkeypatch):
    from django.core.management import call_command

    from inbox.management.commands.document_settings import settings_page

    call_command("document_settings", "--to", str(tmp_path / "settings.md"))

    assert (tmp_path / "settings.md").read_text() == settings_page()


SHOWN = (
    "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_PROXY_SSL_HEADER", "DEBUG", "ALLOWED_HOSTS",
)  # fmt: skip


def start(**environ):
    """Load the settings in a process of their own. Gives: exit status, what it printed, what it complained of."""
    code = (
        "import django; from django.conf import settings; django.setup()\n"
        f"print([getattr(settings, name) for name in {SHOWN!r}])"
    )
    given = REQUIRED | {"DJANGO_SETTINGS_MODULE": "inbox.settings", "PATH": os.environ["PATH"]} | environ
    done = subprocess.run([sys.executable, "-c", code], env=given, cwd=ROOT, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout.strip(), done.stderr


def test_production_is_the_default():
    status, shown, complaints = start(SAMSVAR_ALLOWED_HOSTS="inbox.example")

    assert (status, complaints) == (0, "")
    proxy = ("HTTP_X_FORWARDED_PROTO", "https")
    assert shown == str([True, True, True, 31536000, True, proxy, False, ["inbox.example"]])


def test_a_demo_works_without_tls_on_loopback():
    status, shown, _complaints = start(SAMSVAR_DEMO="1")

    assert status == 0
    hosts = ["localhost", "127.0.0.1", "[::1]", "127.0.0.1"]
    assert shown == str([False, False, False, 0, False, None, False, hosts])


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"SAMSVAR_PLATFORM_URLS": "facebook=http://127.0.0.1:1"}, "are refused outside SAMSVAR_DEMO."),
        ({"SAMSVAR_SANDBOX_FILE": "/tmp/sandbox.json"}, "are refused outside SAMSVAR_DEMO."),
        ({"SAMSVAR_ALLOWED_HOSTS": ""}, "Set SAMSVAR_ALLOWED_HOSTS: "),
        ({"SAMSVAR_HASH_KEY": "short"}, "SAMSVAR_HASH_KEY must have 32 characters or more."),
        ({"SAMSVAR_SECRET_KEY": "s" * 49}, "SAMSVAR_SECRET_KEY must have 50 characters or more."),
        ({"SAMSVAR_ALLOWED_HOSTS": "inbox.example,*"}, "SAMSVAR_ALLOWED_HOSTS must name the hosts: "),
        ({"SAMSVAR_KEYS": "k1:short"}, "SAMSVAR_KEYS line 1 must be id:base64 of 32 bytes."),
        ({"SAMSVAR_METRICS_TOKEN": "t" * 23}, "SAMSVAR_METRICS_TOKEN must have 24 characters or more, or be empty."),
        ({"SAMSVAR_DEMO": "1", "HOST": "0.0.0.0"}, "HOST must not be every address of this machine in a demo"),
    ],
)
def test_production_refuses(environ, sentence):
    status, shown, complaints = start(**{"SAMSVAR_ALLOWED_HOSTS": "inbox.example", **environ})

    assert status == 1
    assert shown == ""
    assert sentence in complaints
