"""A sandbox that begins again goes on with what it has: no private message takes the id of an older one."""

PAGE = "104000000000031"
REGISTRATION = {
    "name": "Havbris",
    "access_token": "token",
    "app_secret": "secret",
    "verify_token": "verify",
    "callback_url": "http://127.0.0.1:9/nobody-listens/",
}


def say(sandbox, text):
    made = sandbox.session.post(f"{sandbox.url}/_sandbox/messenger/pages/{PAGE}/messages", json={"message": text})
    made.raise_for_status()
    return made.json()["id"]


def test_a_restart_gives_no_message_id_twice(started):
    first = started()
    for platform in ("facebook", "messenger"):
        first.session.put(f"{first.url}/_sandbox/{platform}/pages/{PAGE}", json=REGISTRATION).raise_for_status()
    before = [say(first, f"Hei {n}") for n in range(3)]
    first.kill()

    second = started()
    after = [say(second, f"Hei igjen {n}") for n in range(3)]

    assert len({*before, *after}) == 6
