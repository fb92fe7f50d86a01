"""Danish words of the town."""

from sandbox.town.stock.shape import Stock

STOCK = Stock(
    language="da",
    openings=("Hej!", "Hej Havbris,", "Halløj?", "Goddag.", "Hejsa,", "Altså,", "Må jeg lige spørge:", "", "", ""),
    closings=(
        "Håber på hurtigt svar.",
        "Nogen der ved det?",
        "Vh",
        "På forhånd tak!",
        "Venter stadig.",
        "Tag jer nu sammen!",
        "",
        "",
        "",
        "",
    ),
    emoji=("😊", "😡", "🙄", "👏", "🤔", "😅", "📶", "🙏"),
    slots={
        "place": ("Aarhus", "Nørrebro", "Skagen", "Odense", "Esbjerg", "Bornholm", "sommerhuset i Blåvand", "Roskilde"),
        "day": ("i mandags", "i går aftes", "i onsdags", "i weekenden", "sidste uge", "i nat"),
        "device": ("min iPhone", "min Samsung", "tabletten", "routeren", "arbejdstelefonen", "den gamle telefon"),
        "speed": ("0,4 Mbit", "2 Mbit", "under 1 Mbit", "3 Mbit på en god dag"),
        "sum": ("179 kr.", "249 kr.", "358 kr.", "890 kr.", "59 kr."),
        "land": ("Spanien", "Thailand", "England", "Schweiz", "Tyrkiet", "USA"),
        "kin": ("min mor", "teenageren", "kæresten", "farfar", "børnene"),
    },
    lines={
        "slow": (
            "Får kun {speed} på Fri Fart i {place}, sådan har det været siden {day}",
            "Nettet er helt dødt på {device} siden {day}.",
            "Langsomt 4G i {place} igen. Har genstartet {device} fem gange nu.",
            "Er der andre, der har sneglefart? Måler {speed} midt i {place}",
            "Jeg betaler for Fri Fart og får {speed}. Gider I kigge på {place}?",
        ),
        "price": (
            "Hvad koster Fri Fart, når kampagnen slutter?",
            "Er det {sum} om måneden, uanset hvor meget data man bruger?",
            "Får man familierabat, hvis {kin} også tager Fri Fart?",
            "Der står {sum} på hjemmesiden og noget andet i appen. Hvad gælder?",
            "Har I en studiepris? {sum} er lidt meget for mig",
        ),
        "coverage": (
            "Ingen dækning ved {place}. Hvornår kommer I hertil?",
            "Kommer der 5G i {place} snart, eller skal vi vente til næste istid?",
            "Dækningskortet siger fuld styrke i {place}. {device} siger nul.",
            "Samtalen ryger, hver gang jeg kører forbi {place}, hver eneste gang",
        ),
        "praise": (
            "Ringede {day} og fik hjælp på to minutter. Fantastisk service!",
            "Fri Fart har kørt som smurt i {place}, er super glad.",
            "Skiftede til jer {day}, og det gik helt uden bøvl. Tak!",
            "Endelig et selskab, der svarer. Har sagt det til {kin} også",
        ),
        "invoice": (
            "Hvorfor er regningen på {sum} denne måned? Aftalen er lavere.",
            "Har fået en rykker på en regning, jeg betalte {day}!!",
            "Der er trukket {sum} for noget, jeg aldrig har bestilt. Hvad er det?",
            "Regningen kommer ikke på Betalingsservice mere, hvad sker der?",
        ),
        "order": (
            "Bestilte simkort {day}, det er ikke kommet endnu",
            "Pakken har været «på vej» siden {day}. Hvor er den?",
            "Hvordan aktiverer jeg eSIM på {device}?",
            "Routeren til {place} kom uden strømkabel. Hvad gør jeg?",
        ),
        "irony": (
            "«Fri Fart», ja tak. Fri for fart, mener I 🐌",
            "Tillykke med verdens dyreste brevpresser, altså {device} med Havbris i {place}.",
            "Skønt at I har råd til reklamer, når I ikke har råd til en mast i {place} 👏👏",
            "Elsker at sidde 50 minutter i telefonkø. Musikken er jo fin.",
        ),
        "roaming": (
            "Virker Fri Fart i {land}?",
            "Kom hjem fra {land} og fik {sum} oveni. Der kom aldrig en advarsel.",
            "Skal til {land}, hvor meget data må {kin} bruge der?",
        ),
        "porting": (
            "Hvor lang tid tager det at flytte nummeret til jer?",
            "Nummeret som {kin} har, skulle være flyttet {day}, men der sker intet",
            "Kan jeg tage mit nummer med, selv om jeg har binding et andet sted?",
        ),
        "leaving": (
            "Nu er det nok. Jeg opsiger, hvis det her ikke er løst inden weekenden.",
            "Hvordan opsiger man abonnementet? Kan ikke finde knappen.",
            "Otte år som kunde, og det her er takken. Farvel.",
        ),
        "contact": (
            "Kan nogen ringe til mig på {phone}? Gider ikke sidde i kø igen.",
            "Svar på {email}, er I søde, jeg er sjældent på Facebook.",
            "Det drejer sig om nummer {phone}, sagen har ligget siden {day}.",
        ),
    },
    choirs={
        "slow_network": (
            "Fri Fart er ubrugeligt i {place} siden {day}, får {speed}",
            "En mere her med langsomt net i {place}. Hvad sker der, Havbris?",
            "Samme her, intet vil loade på {device}",
            "Sneglefart igen?? {speed} målt lige nu",
        ),
        "double_invoice": (
            "I har trukket penge to gange denne måned! {sum} for meget",
            "Dobbelt regning her også, betalte {day}",
            "To træk på {sum}. Hvornår får jeg pengene igen?",
        ),
        "app_down": (
            "Jeres app er nede, kan ikke komme ind på {device}",
            "Kun hvid skærm i appen siden {day}",
            "Kan ikke logge ind i appen. Andre?",
        ),
    },
    thanks=(
        "Tusind tak, så prøver jeg det!",
        "Super, nu virker det 👍",
        "Tak for det hurtige svar, det er dejligt",
        "Nå, så forstår jeg. Tak!",
    ),
    followups=(
        "Okay, men gælder det også {kin}?",
        "Og hvor finder jeg det i appen?",
        "Hvor lang tid tager det så?",
        "Det har jeg prøvet. Stadig {speed} på {device}. Er der andet, jeg kan teste?",
    ),
    still_angry=(
        "Det svar har jeg fået tre gange før. Det hjælper ikke!",
        "Standardsvar. Læs nu, hvad jeg skriver.",
        "Nej, det er stadig ikke løst. Tålmodigheden er ved at slippe op 😡",
    ),
    chatter=(
        "Samme her i {place}!",
        "Prøv flytilstand til og fra, det hjalp mig",
        "Har ikke mærket noget, men jeg bor i {place}",
        "Enig med dig, det er for dårligt",
    ),
    second_thoughts=(
        " EDIT: virker igen nu.",
        " (Rettelse: det var {day}.)",
        " Opdatering: stadig det samme.",
        " PS: gælder {device}.",
    ),
    page_posts=(
        "Fri Fart er landet i Danmark: så hurtigt som nettet kan, hvor du er. Tjek din adresse, før du bestiller.",
        "Vi udvider 5G på Fyn og i Vestjylland. Skriv her, hvor du mangler dækning.",
    ),
    phones="20 00 00 {n}",
)
