"""Swedish letters."""

from sandbox.mail.stock.shape import Letter, MailStock

STOCK = MailStock(
    language="sv",
    domain="example.se",
    greetings=("Hej,", "Hej Havbris!", "God dag,", "Hej kundtjänst,"),
    goodbyes=("Vänliga hälsningar", "Med vänlig hälsning", "Mvh", "Hälsningar"),
    slots={
        "day": ("i måndags", "i tisdags", "i går kväll", "i fredags", "natten till söndag"),
        "sum": ("349 kr", "529 kr", "1 290 kr", "99 kr", "2 147 kr"),
        "place": ("Umeå", "Kalmar", "Östersund", "Borås", "Visby", "Kiruna"),
        "date": ("den 1 december", "den 15 december", "den 3 januari", "mitten av nästa månad"),
        "number": ("40871", "51220", "38914", "60377"),
        "months": ("två", "tre", "fem"),
    },
    letters={
        "invoice": (
            Letter(
                "Fel på faktura {number}",
                "Jag har fått en faktura på {sum}, men enligt avtalet ska det vara mindre. En bild på fakturan "
                "är bifogad.\n\n"
                "Kan ni titta på det och skicka en ny?",
            ),
            Letter(
                "Påminnelse på betald räkning",
                "Jag fick en påminnelse {day}, trots att {sum} drogs från mitt konto för {months} veckor sedan.\n\n"
                "Vad behöver ni från mig för att reda ut det?",
            ),
        ),
        "broken": (
            Letter(
                "Inget internet i {place}",
                "Vårt bredband har legat nere sedan {day}. Lampan på boxen lyser rött och jag har startat om den "
                "flera gånger.\n\n"
                "Vi jobbar hemifrån, så det är bråttom. När kommer någon?",
            ),
            Letter(
                "Uppkopplingen försvinner",
                "Anslutningen bryts {months} gånger om dagen, oftast på kvällen. Det började {day}.\n\n"
                "Jag har bytt kabel utan att det blev bättre.",
            ),
        ),
        "moving": (
            Letter(
                "Flytt till {place}",
                "Vi flyttar till {place} {date} och vill ta med abonnemanget.\n\n"
                "Nya adressen är {street}. Går det att ha allt klart till inflyttningen?",
            ),
            Letter(
                "Ny adress",
                "Från {date} bor jag på {street}. Behöver jag beställa något nytt?\n\n"
                "Ni kan ringa mig på {phone} om det är enklare.",
            ),
        ),
        "order": (
            Letter(
                "Var är min router?",
                "Jag beställde en router {day}, ordernummer {number}. Spårningen har stått stilla sedan dess.\n\n"
                "Kan ni se om den är skickad?",
            ),
            Letter(
                "Fråga om fiber",
                "Vi har fått reklam om fiber i {place}. Vad kostar installationen och hur lång är väntetiden?\n\n"
                "I dag betalar vi {sum} i månaden.",
            ),
        ),
        "thanks": (
            Letter(
                "Tack för hjälpen",
                "Ville bara tacka för den fina hjälpen {day}. Nu fungerar allt, och teknikern var både trevlig "
                "och snabb.",
            ),
            Letter(
                "Beröm",
                "Man skriver sällan när något är bra, så nu gör jag det: nätet i {place} har varit helt stabilt "
                "i {months} månader.",
            ),
        ),
        "complaint": (
            Letter(
                "Klagomål, ärende {number}",
                "Jag har hört av mig {months} gånger utan att få ett riktigt svar.\n\n"
                "Jag kräver {sum} i avdrag och att någon ansvarig ringer mig på {phone}.",
            ),
            Letter(
                "Uppsägning",
                "Efter avbrottet {day} är mitt tålamod slut. Jag säger upp avtalet från {date}.\n\n"
                "Bekräfta uppsägningen skriftligt.",
            ),
        ),
    },
    phones="070-174 06 {n}",
    streets=("Björkvägen 12, 903 25 Umeå", "Storgatan 4 B, 392 32 Kalmar", "Älvgränd 31, 831 30 Östersund"),
    spouses=("Karin", "Johan", "Åsa", "Fredrik"),
    reply_prefix="SV",
    wrote="Den {date} skrev {name} <{address}>:",
    headings=("Från", "Skickat", "Till", "Ämne"),
    from_phone="Skickat från min iPhone",
    away=Letter("Autosvar", "Tack för ditt mejl. Jag har semester och är tillbaka {date}. Brådskande? Ring {phone}."),
    reminder="Har ni hunnit titta på det här? Jag skrev {day} och har inte hört något.",
    alert=("Google Alert – Havbris", "Havbris: nya resultat"),
    newsletter=Letter(
        "Kabelnytt: så väljer du router",
        "Den här veckan: tre routrar i test, och varför {place} får snabbare nät.\n\n"
        "Du får brevet för att du prenumererar på Kabelnytt.",
    ),
)
