"""Swedish words of the town."""

from sandbox.town.stock.shape import Stock

STOCK = Stock(
    language="sv",
    openings=("Hej!", "Hej Havbris,", "Hallå?", "God morgon.", "Hejsan,", "Alltså,", "En fråga bara:", "", "", ""),
    closings=(
        "Tacksam för svar.",
        "Någon som vet?",
        "Mvh",
        "Tack på förhand!",
        "Väntar fortfarande.",
        "Skärpning nu!",
        "",
        "",
        "",
        "",
    ),
    emoji=("😊", "😡", "🙄", "👏", "🤔", "😅", "📶", "💙"),
    slots={
        "place": ("Hisingen", "Umeå", "Södermalm", "Visby", "Kiruna", "Lund", "stugan i Sälen", "Norrköping"),
        "day": ("i måndags", "i går kväll", "i onsdags", "i helgen", "förra veckan", "i natt"),
        "device": ("min iPhone", "min Samsung", "surfplattan", "routern", "jobbtelefonen", "gamla luren"),
        "speed": ("0,4 Mbit", "2 Mbit", "knappt 1 Mbit", "3 Mbit på en bra dag"),
        "sum": ("249 kr", "349 kr", "498 kr", "1 190 kr", "79 kr"),
        "land": ("Spanien", "Thailand", "England", "Schweiz", "Turkiet", "USA"),
        "kin": ("mamma", "tonåringen", "sambon", "farfar", "barnen"),
    },
    lines={
        "slow": (
            "Får bara {speed} med Fri Fart på {place}, har varit så sedan {day}",
            "Nätet är stendött på {device} sedan {day}.",
            "Segt 4G på {place} igen. Har startat om {device} fem gånger nu.",
            "Är det fler som har snigelfart? Mäter {speed} mitt i {place}",
            "Betalar för Fri Fart och får {speed}. Kan ni kolla {place}?",
        ),
        "price": (
            "Vad kostar Fri Fart när kampanjen är slut?",
            "Är det {sum} i månaden oavsett hur mycket man surfar?",
            "Får man familjerabatt om {kin} också tar Fri Fart?",
            "Det står {sum} på hemsidan men något annat i appen. Vad gäller?",
            "Finns det studentpris? {sum} är lite för mycket för mig",
        ),
        "coverage": (
            "Noll täckning vid {place}. När kommer ni hit?",
            "Blir det 5G i {place} snart eller ska vi vänta till nästa istid?",
            "Täckningskartan säger full styrka i {place}. {device} säger noll.",
            "Samtalet bryts varje gång jag åker förbi {place}, varje gång!",
        ),
        "praise": (
            "Ringde {day} och fick hjälp på två minuter. Toppenservice!",
            "Fri Fart har gått som tåget på {place}, supernöjd.",
            "Bytte till er {day} och det gick hur smidigt som helst. Tack!",
            "Äntligen ett bolag som svarar. Har tipsat {kin} också",
        ),
        "invoice": (
            "Varför är fakturan på {sum} den här månaden? Avtalet är lägre än så.",
            "Har fått påminnelse på en räkning som jag betalade {day}!!",
            "Autogirot drog {sum} i stället för det vanliga. Vad är det för avgift?",
            "Fakturan kommer inte längre digitalt, vad har hänt?",
        ),
        "order": (
            "Beställde simkort {day}, har inte kommit än",
            "Spårningen har stått på «på väg» sedan {day}. Var är paketet?",
            "Hur aktiverar jag eSIM på {device}?",
            "Routern till {place} kom utan strömsladd. Hur gör jag nu?",
        ),
        "irony": (
            "«Fri Fart», jo tack. Fri från fart menar ni 🐌",
            "Grattis till världens dyraste brevpress, alltså {device} med Havbris på {place}.",
            "Kul att ni har råd med reklam när ni inte har råd med en mast i {place} 👏👏",
            "Älskar att sitta 50 minuter i telefonkö. Musiken är ju fin.",
        ),
        "roaming": (
            "Funkar Fri Fart i {land}?",
            "Kom hem från {land} och fick {sum} extra på räkningen. Ingen varning alls.",
            "Ska till {land}, hur mycket data får {kin} använda där?",
        ),
        "porting": (
            "Hur lång tid tar det att flytta numret till er?",
            "Numret som {kin} har skulle flyttats {day} men inget händer",
            "Kan jag ta med mitt nummer fast jag har bindningstid kvar?",
        ),
        "leaving": (
            "Nu räcker det. Säger upp om det här inte är löst till helgen.",
            "Hur avslutar man abonnemanget? Hittar inte knappen.",
            "Åtta år som kund och det här är tacket. Hej då.",
        ),
        "contact": (
            "Kan någon ringa mig på {phone}? Orkar inte sitta i kö en gång till.",
            "Svara på {email} är ni snälla, är sällan på Facebook.",
            "Numret det gäller är {phone}, ärendet har legat sedan {day}.",
        ),
    },
    choirs={
        "slow_network": (
            "Fri Fart är oanvändbart på {place} sedan {day}, får {speed}",
            "En till här med segt nät i {place}. Vad händer Havbris?",
            "Samma här, inget laddar på {device}",
            "Snigelfart igen?? {speed} uppmätt nyss",
        ),
        "double_invoice": (
            "Ni har dragit pengar två gånger den här månaden! {sum} för mycket",
            "Dubbel faktura här också, betalade {day}",
            "Två dragningar på {sum}. När får jag tillbaka pengarna?",
        ),
        "app_down": (
            "Er app ligger nere, kommer inte in med {device}",
            "Bara vit skärm i appen sedan {day}",
            "Går inte att logga in i appen. Fler?",
        ),
    },
    thanks=(
        "Tack så mycket, då provar jag det!",
        "Toppen, nu funkar det 👍",
        "Tack för snabbt svar, uppskattas",
        "Jaha, då förstår jag. Tack!",
    ),
    followups=(
        "Okej, men gäller det {kin} också?",
        "Och var hittar jag det i appen?",
        "Hur lång tid tar det då?",
        "Testade det. Fortfarande {speed} på {device}. Något mer jag kan prova?",
    ),
    still_angry=(
        "Det svaret har jag fått tre gånger redan. Det hjälper inte!",
        "Standardsvar. Läs vad jag skriver är ni snälla.",
        "Nej, det är fortfarande inte löst. Tålamodet börjar ta slut 😡",
    ),
    chatter=(
        "Samma här på {place}!",
        "Testa flygplansläge av och på, hjälpte för mig",
        "Har inte märkt något, men jag bor i {place}",
        "Håller med dig, det är för dåligt",
    ),
    second_thoughts=(
        " EDIT: funkar igen nu.",
        " (Rättelse: det var {day}.)",
        " Uppdatering: fortfarande likadant.",
        " PS: gäller {device}.",
    ),
    page_posts=(
        "Nu finns Fri Fart i hela Sverige: så snabbt nätet går, där du är. Kolla din adress innan du beställer.",
        "Vi uppgraderar master på västkusten i veckan. Hör av dig här om något krånglar hos dig.",
    ),
    phones="070-17406{n}",
)
