"""Every mail of the corpus gives exactly the items beside it; `docs` of the corpus stand in its README."""

import json

import pytest

from connectors.platforms.email.parse import parse
from tests.mail.mails import MAILS, NAMES, mail, plain


@pytest.mark.parametrize("name", NAMES)
def test_mail_reads_as_described(name):
    expected = json.loads((MAILS / f"{name}.json").read_text())

    assert plain(parse(mail(name))) == expected


def test_the_corpus_is_whole():
    assert len(NAMES) >= 60
    assert sorted(path.stem for path in MAILS.glob("*.json")) == NAMES


def test_parse_is_pure():
    read = [mail(name) for name in NAMES]

    assert [parse(one) for one in read] == [parse(one) for one in reversed(read)][::-1]
