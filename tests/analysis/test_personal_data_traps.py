"""What looks like an identifier and is none, and what passes two checks at once."""

import pytest

from analysis.personal_data import accounts, find, national_ids

INNOCENT = [
    "Ordrenummer 40000000 er fortsatt ikke sendt",
    "Order 616-8286653-1421607 never came",
    "Bestellung #89834 fehlt",
    "Ordre SO-0294992 er ikke afsendt",
    "Faktura 1503726123 er feil",
    "Fakturanr. 40000000",
    "Rechnungsnummer 8934438246",
    "Kjøp nr. 40000000",
    "KID 4242424242424242 var brukt på betalinga",
    "Betalings-id 4242424242424242",
    "OCR 4242424242424242 på avin",
    "ref.nr 0401234567",
    "Viite 4242424242424242",
    "sporing 373484459890587573 har stått stille",
    "Kollinummer JJFI54397933543507137",
    "Lähetystunnus LX188216537FI seisoo",
    "Strekkoden er 7348630001214",
    "IMEI 490154203237518",
    "Org.nr deres er jo 836 213 564",
    "Ert orgnr 556986-9059 står på kvittot",
    "Y-tunnuksenne 4140038-5 on kuitissa",
    "Jeres CVR 30573219 står på bonen",
    "HRB 158780 steht auf dem Beleg",
    "Sak 719778135 ble stengt",
    "Ticket REF65113681 was closed",
    "Appen er på build 833254 og krasjer",
    "App WX3303 stürzt ab",
    "Versjon 14.8.4 og SM-A673B",
    "Bestilte 2024-03-18, i dag er det 18.5.2024",
    "Bestilt 20230503, lovet 131225",
    "Venter siden 20240316",
    "Åpent 08.00-16.00, ring da",
    "Jonotin 21:45 asti, alkaen 17.15",
    "Betalte 12 345 678 kr for ingenting",
    "Drog 23268:- utan att fråga",
    "Habe 5.294,99 € bezahlt",
    "Det kostet kr 15 924,-",
    "På kvitteringen står **** **** **** 4013",
    "Kuitissa näkyy vain 452215*****",
    "På kvittot syns +47 *** ** 481",
    "The receipt shows xxxx 2400",
    "Se https://shop.example/ordre/4242424242424242",
    "[PHONE] og [NATIONAL_ID] er skjult",
    "See you at example.com tomorrow",
    "hei @kari.example, svar meg",
    "Windows 10 på 3 maskiner",
    "Den 5. mai kl 12",
    "AB 12345 er modellen jeg bestilte",
    "Det er 3 uker siden og 2 purringer",
]


@pytest.mark.parametrize("text", INNOCENT)
def test_a_look_alike_is_left_alone(text: str) -> None:
    assert find(text) == ()


def _norwegian_ids() -> list[str]:
    """Every valid number of two synthetic birthdays, by counting through serial and check digits."""
    return [
        number
        for birthday in ("018572", "014572")
        for tail in range(100_000)
        if national_ids.is_norwegian(number := f"{birthday}{tail:05d}")
    ]


def test_every_norwegian_id_also_passes_the_account_check_and_is_still_an_id() -> None:
    # given
    numbers = _norwegian_ids()
    assert len(numbers) > 1000

    # when
    labels = {find(f"Her er {number} takk")[0].label for number in numbers[::7]}

    # then
    assert all(accounts.is_norwegian_account(number) for number in numbers)
    assert labels == {"NATIONAL_ID"}


def test_dots_and_a_word_for_account_outweigh_the_id_check() -> None:
    text = "kontonummer 0185.72.00094"
    assert [span.label for span in find(text)] == ["ACCOUNT"]


def test_the_nearest_word_decides_between_order_and_phone() -> None:
    # given two numbers of the same shape
    text = "Ordre 40000000 er borte, ring meg på 40000001"

    # when
    found = find(text)

    # then
    assert [(text[span.start : span.end], span.label) for span in found] == [("40000001", "PHONE")]


def test_a_word_that_belongs_to_the_next_number_does_not_speak_of_this_one() -> None:
    text = "min far, 150372 6123 ordre 40000000"
    assert [text[span.start : span.end] for span in find(text)] == ["150372 6123"]


@pytest.mark.parametrize("sign", ["-", "Y", "X", "W", "V", "U"])
def test_all_century_signs_of_the_1900s_make_the_same_finnish_number_valid(sign: str) -> None:
    assert national_ids.is_finnish("010150", sign, "9555")


@pytest.mark.parametrize("wrong", ["9554", "9553", "955A"])
def test_a_wrong_finnish_check_character_is_refused(wrong: str) -> None:
    assert not national_ids.is_finnish("010150", "-", wrong)


def test_one_changed_digit_makes_a_norwegian_number_invalid() -> None:
    # given
    number = "01857200094"

    # when every digit is changed by one
    changed = [number[:at] + str((int(number[at]) + 1) % 10) + number[at + 1 :] for at in range(11)]

    # then
    assert [one for one in changed if national_ids.is_norwegian(one)] == []
