"""Each kind of identifier is found in each language, whole, and under its own label.

No value here belongs to a living person: test registers, dates before registration began, drama numbers, example
domains, the issuers' own test cards and the IBAN registry's examples.
"""

import pytest

from analysis.personal_data import find

NATIONAL_IDS = [
    ("Fødselsnummeret mitt er <01015550089> takk", "Norwegian, born 1855"),
    ("fnr <010155 50089>", "Norwegian, date apart"),
    ("Jeg heter Ola og er <41015550072> hos dere", "Norwegian D-number"),
    ("Sjekk <01857200094> i systemet", "Norwegian synthetic, month + 80"),
    ("personnr:<014572 00001>", "Norwegian synthetic, month + 40"),
    ("Meine Nummer dort ist <01 70 72 00096>", "Norwegian synthetic, month + 65"),
    ("fødselsnr er <0 1 8 5 7 2 0 0 0 9 4>, sa jeg", "typed with spaces"),
    ("Mitt personnummer är <850101-2390>", "Swedish test series"),
    ("pnr <198501012390> om det hjälper", "Swedish, twelve digits"),
    ("Det gäller min dotter, <121212-1212>", "Swedish, a relative"),
    ("Samordningsnummer <550161-2393>", "Swedish, day + 60"),
    ("CPR <150372-6123>", "Danish, born 1872"),
    ("Mit cpr-nr. er <1503726123>", "Danish, solid"),
    ("Jeg skriver for min far, <150372 6123>", "Danish, a relative"),
    ("Kontoen er oprettet på <150372/6123>", "Danish, the account is not the number"),
    ("Henkilötunnukseni on <010150-9555>", "Finnish"),
    ("hetu <030360Y955M> jos tarvitset", "Finnish, sign of 2023"),
    ("sotu:<020201a955y>", "Finnish, small letters"),
    ("Asia koskee äitiäni, <040405E955W>.", "Finnish, born after 2000"),
]
CARDS = [
    ("Trekk det fra kortet <4242 4242 4242 4242>", "groups of four"),
    ("Dra pengarna från <5555-5555-5555-4444> då", "dashes, no word for card"),
    ("Kartennummer <4242\u00a04242\u00a04242\u00a04242>", "hard spaces"),
    ("korttini <4111.1111.1111.1111> ei toimi", "dots"),
    ("you charged my card <5105105105105100> twice", "solid"),
    ("Amex <3782 822463 10005> please", "fifteen digits"),
    ("kort <4242 4242 4242 4242> 12/27 123", "date and code follow"),
]
IBANS = [
    ("Refusjonen kan gå til <NO93 8601 1117 947>", "Norwegian"),
    ("mit iban er <dk50 0040 0440 1162 43>", "Danish, small letters"),
    ("tilinumeroni on <FI2112345600000785> kiitos", "Finnish, solid"),
    ("Betala till <SE45-5000-0000-0583-9825-7466> tack", "Swedish, dashes"),
    ("IBAN: <DE89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000>", "German, hard spaces"),
]
ACCOUNTS = [
    ("Overfør til <0012.34.56009>", "Norwegian, dots tell"),
    ("Min konto er <00123456017>", "Norwegian, solid beside a word"),
    ("konto <0012 34 56025> on se oikea", "Norwegian, spaces"),
    ("Återbetala till bankgiro <500-1003>", "bankgiro"),
    ("plusgirot är <12 34 50-9>", "plusgiro"),
    ("Sæt pengene ind på <0000 1234567890>", "Danish"),
    ("Ich sagte doch <0000 1234567890>", "Danish, the shape alone tells"),
    ("reg. <0000 konto 1234567>", "Danish, each part with its word"),
]
PHONES = [
    ("Ring meg på <400 00 000> etter fire", "Norwegian"),
    ("tlf <+47 22 00 00 00>", "Norwegian with country code"),
    ("Abonnementet på <0045 32 00 00 00> er spærret", "Danish with zeros"),
    ("Jeg kan fanges på <20000000>", "Danish, solid"),
    ("Nås på <070-174 06 05> hela dagen", "Swedish drama number"),
    ("Simkortet till <08-465 004 12> slutade fungera", "Swedish landline drama number"),
    ("puh <040 1234567>", "Finnish"),
    ("Soita <+358 40 123 4567> illalla", "Finnish with country code"),
    ("Rufen Sie mich unter <030 23125 123> an", "German drama number"),
    ("Text <07700 900123> when it arrives", "British drama number"),
    ("my landline <(020) 7946 0123> is dead", "area code in brackets"),
    ("Telefon:\n<400 00 000>", "the word stands on the line before"),
    ("<40000000> er nummeret mitt", "the word stands after"),
    ("mobil <40000000>/<40000001>", "two with a stroke between"),
    ("Mvh\nKari\nTlf. <40000000>", "signature"),
]
EMAILS = [
    ("Svar til <kari.n+kunde@post.example.com>.", "plain"),
    ("Min mail er <ola @ example.org>", "spaces"),
    ("skriv til <OLA@EXAMPLE.NO>", "capitals"),
    ("login <ola21 (at) example.org>", "brackets"),
    ("<freja[at]example[dot]dk> tak", "brackets twice"),
    ("e-posten er <kari krøllalfa example punktum no> tror jeg", "spoken Norwegian"),
    ("min mail er <soren_t snabel-a example punktum dk>", "spoken Danish"),
    ("osoite on <veikko.m ät example piste fi> kiitos", "spoken Finnish"),
    ("it is <alex.h at mail dot example dot com>", "spoken English"),
    ("Mail: <lena at example punkt de> bitte", "spoken German"),
]
ADDRESSES = [
    ("Jeg har flyttet til <Granveien 12B, 0000 Testby>.", "Norwegian"),
    ("Ny adresse: <Karl Testers gate 5>", "a street word of its own"),
    ("Vi bor numera på <Norra Testgatan 56 lgh 1203, 000 44 Teststad>", "Swedish with flat"),
    ("Pakken skal til <Prøvegade 40, 4. tv, 0000 Testrup> tak", "Danish with floor"),
    ("Uusi osoite on <Koekatu 19 D 41, 00000 Testilä>", "Finnish with stair and door"),
    ("Falsche Anschrift, richtig ist <Musterweg 77A, 00000 Musterstadt>", "German"),
    ("We moved to <70 Sample Street>", "English"),
    ("It should go to <Flat 24, 31 Sample Avenue, ZZ26 2ZZ>", "British with postcode"),
    ("Adressen er <Solsiden 12>", "no street word, but a word for address"),
]
PLATES = [
    ("Regnr <AB 12345> ble taua", "Norwegian"),
    ("Bilen <AB 12 345> fik en afgift", "Danish"),
    ("bilen <ABC12D> fick böter", "Swedish"),
    ("Auto <ABC-123> sai maksun", "Finnish"),
    ("Kennzeichen <K-AB 1234>, Termin war bestätigt", "German"),
    ("My car <AB12 CDE> got fined", "British"),
    ("Noen har ripet opp <AB 12 345> i natt", "the shape alone tells"),
    ("bilen min er <ab12345>", "small letters"),
]
KINDS = {
    "NATIONAL_ID": NATIONAL_IDS,
    "CARD": CARDS,
    "IBAN": IBANS,
    "ACCOUNT": ACCOUNTS,
    "PHONE": PHONES,
    "EMAIL": EMAILS,
    "ADDRESS": ADDRESSES,
    "PLATE": PLATES,
}
CASES = [
    pytest.param(label, sentence, id=f"{label}: {what}") for label, rows in KINDS.items() for sentence, what in rows
]


@pytest.mark.parametrize(("label", "sentence"), CASES)
def test_finds_the_value_between_the_marks_and_nothing_else(label: str, sentence: str) -> None:
    # given a sentence whose identifiers stand between < and >
    expected = [piece.split(">")[0] for piece in sentence.split("<")[1:]]
    text = sentence.replace("<", "").replace(">", "")

    # when
    found = find(text)

    # then
    assert [(span.label, text[span.start : span.end]) for span in found] == [(label, value) for value in expected]


@pytest.mark.parametrize(("label", "sentence"), CASES)
def test_finds_the_same_between_other_sentences(label: str, sentence: str) -> None:
    # given the sentence in the middle of a longer message
    text = "Hei igjen.\n" + sentence.replace("<", "").replace(">", "") + "\nFaktura 88123451 stemmer ikke!"

    # when
    found = find(text)

    # then
    assert {span.label for span in found} == {label}
    assert len(found) == sentence.count("<")
