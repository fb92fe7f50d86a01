"""Danish letters."""

from sandbox.mail.stock.shape import Letter, MailStock

STOCK = MailStock(
    language="da",
    domain="example.dk",
    greetings=("Hej,", "Hej Havbris", "Goddag,", "Kære kundeservice"),
    goodbyes=("Venlig hilsen", "Med venlig hilsen", "Mvh", "Hilsen"),
    slots={
        "day": ("i mandags", "i tirsdags", "i går aftes", "fredag formiddag", "natten til søndag"),
        "sum": ("249 kr.", "399 kr.", "1.190 kr.", "79 kr.", "1.647 kr."),
        "place": ("Aalborg", "Svendborg", "Skagen", "Hjørring", "Nørrebro", "Rønne"),
        "date": ("den 1. december", "den 15. december", "den 3. januar", "midt i næste måned"),
        "number": ("40871", "51220", "38914", "60377"),
        "months": ("to", "tre", "fem"),
    },
    letters={
        "invoice": (
            Letter(
                "Fejl på faktura {number}",
                "Jeg har fået en regning på {sum}, men min aftale er billigere. Jeg har vedhæftet et billede af "
                "fakturaen.\n\n"
                "Vil I kigge på det og sende en ny?",
            ),
            Letter(
                "Rykker for en betalt regning",
                "Jeg fik en rykker {day}, selv om {sum} blev trukket på min konto for {months} uger siden.\n\n"
                "Hvad mangler I fra mig?",
            ),
        ),
        "broken": (
            Letter(
                "Intet internet i {place}",
                "Vores linje har været død siden {day}. Boksen lyser rødt, og jeg har slukket og tændt flere "
                "gange.\n\n"
                "Vi arbejder begge hjemmefra, så det haster. Hvornår kommer der nogen?",
            ),
            Letter(
                "Forbindelsen ryger hele tiden",
                "Internettet falder ud {months} gange om dagen, mest om aftenen. Det begyndte {day}.\n\n"
                "Jeg har skiftet kabel, men det hjalp ikke.",
            ),
        ),
        "moving": (
            Letter(
                "Flytning til {place}",
                "Vi flytter til {place} {date} og vil gerne tage abonnementet med.\n\n"
                "Den nye adresse er {street}. Kan linjen være klar den dag?",
            ),
            Letter(
                "Ny adresse",
                "Fra {date} bor jeg på {street}. Skal jeg bestille noget nyt, eller er det nok at skrive her?\n\n"
                "I er velkomne til at ringe på {phone}.",
            ),
        ),
        "order": (
            Letter(
                "Hvor bliver min router af?",
                "Jeg bestilte en router {day}, ordrenummer {number}. Sporingen har ikke flyttet sig siden.\n\n"
                "Kan I se, om den er sendt?",
            ),
            Letter(
                "Spørgsmål om fiber",
                "Vi har fået reklame for fiber i {place}. Hvad koster det at få det lagt ind, og hvor længe skal "
                "man vente?\n\n"
                "I dag betaler vi {sum} om måneden.",
            ),
        ),
        "thanks": (
            Letter(
                "Tak for hjælpen",
                "Jeg ville bare sige tak for god hjælp {day}. Nu kører det hele, og teknikeren var både flink og "
                "hurtig.",
            ),
            Letter(
                "Ros",
                "Man skriver jo sjældent, når noget er godt, så her kommer det: nettet i {place} har været "
                "stabilt i {months} måneder.",
            ),
        ),
        "complaint": (
            Letter(
                "Klage over sag {number}",
                "Jeg har henvendt mig {months} gange uden at få et ordentligt svar.\n\n"
                "Jeg vil have {sum} i afslag og ringes op af en ansvarlig på {phone}.",
            ),
            Letter(
                "Opsigelse",
                "Efter afbrydelsen {day} er min tålmodighed sluppet op. Jeg opsiger aftalen fra {date}.\n\n"
                "Bekræft venligst skriftligt.",
            ),
        ),
    },
    phones="20 00 00 {n}",
    streets=("Havnegade 12, 9000 Aalborg", "Møllevej 4 B, 5700 Svendborg", "Østre Allé 31, 9990 Skagen"),
    spouses=("Hanne", "Lars", "Birthe", "Morten"),
    reply_prefix="SV",
    wrote="Den {date} skrev {name} <{address}>:",
    headings=("Fra", "Sendt", "Til", "Emne"),
    from_phone="Sendt fra min iPhone",
    away=Letter("Autosvar", "Tak for din mail. Jeg holder ferie og er tilbage {date}. Haster det? Ring {phone}."),
    reminder="Har I nået at kigge på det her? Jeg skrev {day} og har ikke hørt noget.",
    alert=("Google-alarm – Havbris", "Havbris: nye resultater"),
    newsletter=Letter(
        "Kabelnyt: sådan vælger du router",
        "I denne uge: tre routere testet, og hvorfor {place} får hurtigere net.\n\n"
        "Du får brevet, fordi du abonnerer på Kabelnyt.",
    ),
)
