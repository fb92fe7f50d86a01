"""Production values: Django's own deployment checks are content; channels can be listed without a secret."""

import json

from django.core.management import call_command


def test_the_deployment_checks_are_clean(house, secret_values):
    given = {"DATABASE_URL": "postgres:///x", "REDIS_URL": "redis:///0", "SAMSVAR_ALLOWED_HOSTS": "inbox.example"}

    done = house(secret_values | given).manage("check", "--deploy", "--fail-level", "WARNING")

    assert "no issues" in done.stdout
    assert done.stderr == ""


def test_channels_are_listed_without_secrets(connected, capsys, django_assert_num_queries):
    with django_assert_num_queries(2):
        call_command("channel", "list", "--json")
    told = capsys.readouterr().out

    assert json.loads(told) == [
        {
            "id": connected.id, "platform": "facebook", "external_id": "104000000000001", "name": "Havbris",
            "team": "first-line", "webhook_path": connected.webhook_path, "health": "ok", "health_code": "",
            "missing": [], "held_until": "", "last_in_at": "", "last_out_at": "", "reason": "", "allowance": {},
            "sign_in_ends_at": "",
        }
    ]  # fmt: skip
    for secret in ("app-secret", "verify-token", "access-token"):
        assert secret not in told
