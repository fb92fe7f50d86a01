"""Norwegian (bokmål) letters."""

from sandbox.mail.stock.shape import Letter, MailStock

STOCK = MailStock(
    language="nb",
    domain="example.no",
    greetings=("Hei,", "Hei Havbris", "Hei!", "God dag,", "Til kundeservice"),
    goodbyes=("Vennlig hilsen", "Mvh", "Med vennlig hilsen", "Hilsen"),
    slots={
        "day": ("mandag", "tirsdag", "i går kveld", "fredag formiddag", "natt til søndag"),
        "sum": ("349 kr", "498 kr", "1 190 kr", "79 kr", "2 047 kr"),
        "place": ("Bodø", "Lillehammer", "Senja", "Ålesund", "Kongsvinger", "Grünerløkka"),
        "date": ("1. desember", "15. desember", "3. januar", "midten av neste måned"),
        "number": ("40871", "51220", "38914", "60377"),
        "months": ("to", "tre", "fem"),
    },
    letters={
        "invoice": (
            Letter(
                "Feil på faktura {number}",
                "Jeg har fått en faktura på {sum}, men avtalen min er lavere. Vedlagt ligger et bilde av "
                "fakturaen.\n\n"
                "Kan dere se på det og sende en ny? Jeg betaler ikke før jeg vet hva som er riktig.",
            ),
            Letter(
                "Purring på noe jeg har betalt",
                "Jeg fikk purring {day}, enda beløpet på {sum} gikk fra kontoen min for {months} uker siden.\n\n"
                "Hva trenger dere fra meg for å rydde opp?",
            ),
        ),
        "broken": (
            Letter(
                "Nettet er nede i {place}",
                "Linja vår har vært død siden {day}. Boksen lyser rødt, og jeg har trukket ut strømmen flere "
                "ganger.\n\n"
                "Vi har hjemmekontor begge to, så dette haster. Når kommer det noen?",
            ),
            Letter(
                "Ustabilt bredbånd",
                "Forbindelsen faller ut {months} ganger om dagen, som oftest om kvelden. Det begynte {day}.\n\n"
                "Jeg har byttet kabel til ruteren uten at det hjalp.",
            ),
        ),
        "moving": (
            Letter(
                "Flytting til {place}",
                "Vi flytter til {place} {date} og vil gjerne ta med abonnementet.\n\n"
                "Ny adresse er {street}. Går det an å få linja klar til den dagen vi flytter inn?",
            ),
            Letter(
                "Adresseendring",
                "Fra {date} bor jeg i {street}. Må jeg bestille noe nytt, eller holder det at jeg sier fra her?\n\n"
                "Dere kan ringe på {phone} hvis det er enklest.",
            ),
        ),
        "order": (
            Letter(
                "Hvor er ruteren?",
                "Jeg bestilte ny ruter {day} og har ordrenummer {number}. Sporingen har ikke rørt seg siden.\n\n"
                "Kan dere sjekke om den er sendt?",
            ),
            Letter(
                "Spørsmål om fiber",
                "Vi har fått reklame om fiber i {place}. Hva koster det å få det lagt inn, og hvor lenge må man "
                "vente?\n\n"
                "I dag betaler vi {sum} i måneden hos dere.",
            ),
        ),
        "thanks": (
            Letter(
                "Takk for hjelpen",
                "Ville bare si takk for god hjelp {day}. Nå virker alt som det skal, og montøren var både blid "
                "og rask.",
            ),
            Letter(
                "Ros",
                "Det er sjelden man skriver når noe er bra, så her kommer det: nettet i {place} har vært helt "
                "stabilt i {months} måneder. Stå på!",
            ),
        ),
        "complaint": (
            Letter(
                "Klage på behandlingen av sak {number}",
                "Jeg har vært i kontakt med dere {months} ganger uten å få noe ordentlig svar.\n\n"
                "Jeg krever {sum} i avslag, og at noen med ansvar ringer meg på {phone}.",
            ),
            Letter(
                "Oppsigelse",
                "Etter bruddet {day} har jeg mistet tålmodigheten. Jeg sier opp avtalen fra {date}.\n\n"
                "Bekreft oppsigelsen skriftlig.",
            ),
        ),
    },
    phones="400 00 0{n}",
    streets=("Fjellgata 12, 8003 Bodø", "Strandveien 4 B, 6004 Ålesund", "Elvebakken 31, 2609 Lillehammer"),
    spouses=("Anne", "Torbjørn", "Lise", "Henrik"),
    reply_prefix="SV",
    wrote="{date} skrev {name} <{address}>:",
    headings=("Fra", "Sendt", "Til", "Emne"),
    from_phone="Sendt fra min iPhone",
    away=Letter(
        "Automatisk svar", "Takk for e-posten. Jeg er på ferie og er tilbake {date}. Det haster? Ring {phone}."
    ),
    reminder="Har dere fått sett på dette? Jeg skrev {day} og har ikke hørt noe.",
    alert=("Google-varsel – Havbris", "Havbris: nye resultater"),
    newsletter=Letter(
        "Kabelnytt: slik velger du ruter",
        "Denne uken: tre rutere i prøve, og hvorfor {place} får raskere nett.\n\n"
        "Du får dette fordi du abonnerer på Kabelnytt.",
    ),
)
