"""Finnish letters."""

from sandbox.mail.stock.shape import Letter, MailStock

STOCK = MailStock(
    language="fi",
    domain="example.fi",
    greetings=("Hei,", "Hei Havbris!", "Hyvää päivää,", "Arvoisa asiakaspalvelu,"),
    goodbyes=("Ystävällisin terveisin", "Terveisin", "Yst. terv.", "Kiittäen"),
    slots={
        "day": ("maanantaina", "tiistaina", "eilen illalla", "perjantaina", "viime yönä"),
        "sum": ("29,90 €", "49,90 €", "119,00 €", "9,90 €", "204,70 €"),
        "place": ("Oulussa", "Savonlinnassa", "Inarissa", "Porissa", "Kalliossa", "Hangossa"),
        "date": ("1.12.", "15.12.", "3.1.", "ensi kuun puolivälissä"),
        "number": ("40871", "51220", "38914", "60377"),
        "months": ("kaksi", "kolme", "viisi"),
    },
    letters={
        "invoice": (
            Letter(
                "Virhe laskussa {number}",
                "Sain laskun, jonka summa on {sum}, mutta sopimukseni mukaan sen pitäisi olla pienempi. "
                "Liitteenä kuva laskusta.\n\n"
                "Voisitteko tarkistaa asian ja lähettää uuden laskun?",
            ),
            Letter(
                "Maksumuistutus maksetusta laskusta",
                "Sain {day} muistutuksen, vaikka {sum} veloitettiin tililtäni jo aikaa sitten.\n\n"
                "Mitä tietoja tarvitsette minulta?",
            ),
        ),
        "broken": (
            Letter(
                "Netti ei toimi {place}",
                "Yhteytemme on ollut poikki, se katkesi {day}. Laitteessa palaa punainen valo, ja olen "
                "käynnistänyt sen uudelleen monta kertaa.\n\n"
                "Teemme etätöitä, joten asialla on kiire. Milloin joku pääsee käymään?",
            ),
            Letter(
                "Yhteys pätkii",
                "Laajakaista katkeaa {months} kertaa päivässä, useimmiten illalla. Ongelma alkoi {day}.\n\n"
                "Vaihdoin reitittimen kaapelin, mutta se ei auttanut.",
            ),
        ),
        "moving": (
            Letter(
                "Muutto",
                "Muutamme {date} ja haluaisimme ottaa liittymän mukaan.\n\n"
                "Uusi osoite on {street}. Saadaanko yhteys valmiiksi muuttopäiväksi?",
            ),
            Letter(
                "Osoitteenmuutos",
                "Uusi osoitteeni on {street}, alkaen {date}. Pitääkö minun tilata jotain uutta?\n\n"
                "Voitte myös soittaa numeroon {phone}.",
            ),
        ),
        "order": (
            Letter(
                "Missä reititin viipyy?",
                "Tilasin reitittimen {day}, tilausnumero on {number}. Seuranta ei ole liikkunut sen jälkeen.\n\n"
                "Voitteko katsoa, onko se lähetetty?",
            ),
            Letter(
                "Kysymys valokuidusta",
                "Saimme mainoksen valokuidusta. Mitä asennus maksaa ja kauanko sitä pitää odottaa?\n\n"
                "Nyt maksamme teille {sum} kuussa.",
            ),
        ),
        "thanks": (
            Letter(
                "Kiitos avusta",
                "Halusin vain kiittää hyvästä palvelusta, jota sain {day}. Nyt kaikki toimii, ja asentaja oli "
                "ystävällinen ja ripeä.",
            ),
            Letter(
                "Kehuja",
                "Harvoin tulee kirjoitettua, kun kaikki on hyvin, joten nyt kirjoitan: netti {place} on toiminut "
                "moitteetta {months} kuukautta.",
            ),
        ),
        "complaint": (
            Letter(
                "Valitus, tapaus {number}",
                "Olen ollut yhteydessä {months} kertaa saamatta kunnon vastausta.\n\n"
                "Vaadin {sum} hyvitystä ja että vastuuhenkilö soittaa minulle numeroon {phone}.",
            ),
            Letter(
                "Irtisanominen",
                "Kun yhteys taas {day} katkesi, kärsivällisyyteni loppui. Irtisanon sopimuksen, viimeinen päivä "
                "on {date}.\n\n"
                "Pyydän kirjallisen vahvistuksen.",
            ),
        ),
    },
    phones="040 123 45{n}",
    streets=("Koivutie 12, 90100 Oulu", "Satamakatu 4 B 7, 57130 Savonlinna", "Jokipolku 31, 28100 Pori"),
    spouses=("Päivi", "Jukka", "Heli", "Timo"),
    reply_prefix="VS",
    wrote="{name} <{address}> kirjoitti {date}:",
    headings=("Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe"),
    from_phone="Lähetetty iPhonesta",
    away=Letter("Automaattinen vastaus", "Kiitos viestistäsi. Olen lomalla ja palaan {date}. Kiireessä soita {phone}."),
    reminder="Oletteko ehtineet katsoa tätä? Kirjoitin teille {day}, enkä ole kuullut mitään.",
    alert=("Google-hälytys – Havbris", "Havbris: uusia tuloksia"),
    newsletter=Letter(
        "Kaapeliuutiset: näin valitset reitittimen",
        "Tällä viikolla: kolme reititintä testissä, ja miksi netti nopeutuu.\n\n"
        "Saat tämän kirjeen, koska olet tilannut Kaapeliuutiset.",
    ),
)
