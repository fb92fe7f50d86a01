"""Finnish words of the town. Slots stand in the case their sentence needs, since Finnish bends its nouns."""

from sandbox.town.stock.shape import Stock

STOCK = Stock(
    language="fi",
    openings=("Hei!", "Moi Havbris,", "Haloo?", "Päivää.", "Terve,", "Siis oikeesti,", "Kysyisin vaan:", "", "", ""),
    closings=(
        "Toivottavasti vastaatte pian.",
        "Tietääkö kukaan?",
        "T. pettynyt asiakas",
        "Kiitos jo etukäteen!",
        "Odotellaan.",
        "Nyt ryhtiä!",
        "",
        "",
        "",
        "",
    ),
    emoji=("😊", "😡", "🙄", "👏", "🤔", "😅", "📶", "💙"),
    slots={
        "place": (
            "Oulussa",
            "Kalliossa",
            "Turussa",
            "Rovaniemellä",
            "Tampereella",
            "Kuopiossa",
            "mökillä Sysmässä",
            "Vaasassa",
        ),
        "day": ("maanantaista", "eilisillasta", "keskiviikosta", "viikonlopusta", "viime viikosta", "viime yöstä"),
        "when": ("maanantaina", "eilen", "keskiviikkona", "viikonloppuna", "viime viikolla", "toissapäivänä"),
        "device": ("iPhonessa", "Samsungissa", "tabletissa", "reitittimessä", "työpuhelimessa", "vanhassa luurissa"),
        "speed": ("0,4 megaa", "2 megaa", "alle 1 mega", "hyvänä päivänä 3 megaa"),
        "sum": ("24,90 €", "34,90 €", "49,80 €", "119 €", "7,90 €"),
        "land": ("Espanjassa", "Thaimaassa", "Englannissa", "Sveitsissä", "Turkissa", "USA:ssa"),
        "kin": ("äidille", "teinille", "puolisolle", "papalle", "lapsille"),
    },
    lines={
        "slow": (
            "Fri Fart antaa {place} vain {speed}, näin ollut {day} asti. Onko teillä vikaa?",
            "Netti ihan kuollut {device}, alkoi {when}",
            "Taas tökkii 4G {place}. Käynnistetty uudestaan jo viisi kertaa.",
            "Onko muilla etanavauhti? Mittasin {place} {speed}",
            "Maksan Fri Fartista ja saan {speed}. Voitteko katsoa mikä {place} mättää?",
        ),
        "price": (
            "Mitä Fri Fart maksaa kampanjan jälkeen?",
            "Onko hinta {sum} kuussa vaikka dataa kuluisi kuinka paljon?",
            "Saako perhealennusta jos otan Fri Fartin myös {kin}?",
            "Sivuilla lukee {sum} ja sovelluksessa jotain muuta. Kumpi pätee?",
            "Löytyykö opiskelijahintaa? {sum} on mulle vähän paljon",
        ),
        "coverage": (
            "Ei yhtään kenttää {place}. Milloin tulette tänne?",
            "Tuleeko 5G joskus, vai odotetaanko {place} seuraavaa jääkautta?",
            "Kartan mukaan {place} on täysi kuuluvuus. Ei kyllä ole.",
            "Puhelu katkeaa {place} joka kerta samassa mutkassa",
        ),
        "praise": (
            "Soitin {when} ja sain avun kahdessa minuutissa. Mahtava palvelu!",
            "Fri Fart on toiminut {place} kuin junan vessa, olen tosi tyytyväinen.",
            "Vaihdoin teille {when} ja kaikki meni ilman säätöä. Kiitos!",
            "Vihdoinkin firma joka vastaa. Otan liittymän myös {kin}",
        ),
        "invoice": (
            "Miksi lasku on {sum}? Sopimuksessa luki vähemmän.",
            "Tuli karhukirje laskusta jonka maksoin {when}!!",
            "Laskulla on {sum} jotain lisäpalvelua, en ole tilannut mitään.",
            "E-laskua ei enää tule verkkopankkiin, mitä on tapahtunut?",
        ),
        "order": (
            "Missä tilaus? Tilasin sim-kortin {when} eikä ole näkynyt",
            "Paketti on ollut «matkalla» {day} asti. Missä se on?",
            "Miten eSIM otetaan käyttöön {device}?",
            "Reititin tuli ilman virtajohtoa. Mitä nyt?",
        ),
        "irony": (
            "«Fri Fart» eli vapaa vauhdista? 🐌",
            "Onneksi olkoon, maailman kallein paperipaino löytyy nyt {place}.",
            "Kiva että mainoksiin on rahaa kun mastoon {place} ei ole 👏👏",
            "Ihanaa jonottaa puhelimessa 50 minuuttia. Musiikki on sentään hyvää.",
        ),
        "roaming": (
            "Toimiiko Fri Fart {land}?",
            "Olin {land} ja laskulle tuli {sum} ylimääräistä. Mistään ei varoitettu.",
            "Lähden lomalle, paljonko dataa saa käyttää {land}?",
        ),
        "porting": (
            "Kauanko numeron siirto teille kestää?",
            "Numeron piti siirtyä {when} mutta mitään ei tapahdu",
            "Voinko siirtää numeron vaikka määräaikainen on kesken?",
        ),
        "leaving": (
            "Nyt riitti. Irtisanon jos tämä ei ole kunnossa viikonloppuun mennessä.",
            "Miten liittymä irtisanotaan? Nappia ei löydy mistään.",
            "Kahdeksan vuotta asiakkaana ja tämä on kiitos. Hei hei.",
        ),
        "contact": (
            "Voiko joku soittaa mulle numeroon {phone}? En jonota enää kertaakaan.",
            "Vastatkaa osoitteeseen {email}, olen harvoin Facebookissa.",
            "Asia koskee numeroa {phone}, juttu on seissyt {day} asti.",
        ),
    },
    choirs={
        "slow_network": (
            "Fri Fart on käyttökelvoton {place}, {speed} eikä enempää",
            "Täällä toinen jolla netti tökkii {place}. Mitä tapahtuu Havbris?",
            "Sama juttu, mikään ei lataudu {device}",
            "Etanavauhtia taas?? Mittasin juuri {speed}",
        ),
        "double_invoice": (
            "Veloititte kahdesti samasta kuusta! {sum} liikaa",
            "Tuplalasku täälläkin, maksoin {when}",
            "Kaksi veloitusta, {sum} kumpikin. Milloin saan rahat takaisin?",
        ),
        "app_down": (
            "Sovellus on nurin, en pääse sisään {device}",
            "Sovelluksessa pelkkä valkoinen ruutu, alkoi {when}",
            "Sovellukseen ei voi kirjautua. Onko muilla samaa?",
        ),
    },
    thanks=(
        "Kiitos paljon, kokeilen sitä!",
        "Loistavaa, nyt toimii 👍",
        "Kiitos nopeasta vastauksesta, arvostan",
        "Ahaa, nyt ymmärrän. Kiitos!",
    ),
    followups=(
        "Ok, mutta käykö sama myös {kin}?",
        "Ja mistä se löytyy sovelluksessa?",
        "Kauanko siinä sitten menee?",
        "Kokeilin. Edelleen {speed} {device}. Mitä muuta voisi testata?",
    ),
    still_angry=(
        "Tuon vastauksen olen saanut jo kolme kertaa. Ei auta!",
        "Vakiovastaus. Lukekaa mitä kirjoitan.",
        "Ei ole vieläkään kunnossa. Kärsivällisyys loppuu 😡",
    ),
    chatter=(
        "Sama {place}!",
        "Kokeile lentotilaa päälle ja pois, mulla auttoi",
        "En oo huomannu mitään, tosin asun eri puolella maata",
        "Samaa mieltä, ihan liian huonoa",
    ),
    second_thoughts=(
        " EDIT: toimii taas.",
        " (Korjaus: se oli {when}.)",
        " Päivitys: edelleen sama.",
        " PS. {device} siis.",
    ),
    page_posts=(
        "Fri Fart on nyt Suomessa: niin nopea kuin verkko yltää, siellä missä olet. Katso osoitteesi ennen tilausta.",
        "Rakennamme uusia mastoja Lappiin tänä syksynä. Kerro tässä, missä kenttä katkeaa.",
    ),
    phones="040 000 00{n}",
)
