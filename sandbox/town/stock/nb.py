"""Norwegian (bokmål) words of the town."""

from sandbox.town.stock.shape import Stock

STOCK = Stock(
    language="nb",
    openings=("Hei!", "Hei Havbris,", "Hallo?", "God dag.", "Hei igjen.", "Altså,", "Må bare spørre:", "", "", ""),
    closings=(
        "Håper på raskt svar.",
        "Noen som vet?",
        "Mvh",
        "Takk på forhånd!",
        "Venter i spenning.",
        "Skjerpings!",
        "",
        "",
        "",
        "",
    ),
    emoji=("😊", "😡", "🙄", "👏", "🤔", "😅", "📶", "❤️"),
    slots={
        "place": (
            "Bodø",
            "Grünerløkka",
            "Stavanger",
            "Lillehammer",
            "Senja",
            "Ålesund",
            "hytta på Geilo",
            "Kongsvinger",
        ),
        "day": ("mandag", "i går kveld", "onsdag", "helga", "forrige uke", "i natt"),
        "device": ("iPhonen", "Samsungen", "nettbrettet", "ruteren", "den gamle Nokiaen", "jobbmobilen"),
        "speed": ("0,4 Mbit", "2 Mbit", "under 1 Mbit", "3 Mbit på en god dag"),
        "sum": ("249 kr", "349 kr", "498 kr", "1 190 kr", "79 kr"),
        "land": ("Spania", "Thailand", "England", "Sveits", "Tyrkia", "USA"),
        "kin": ("mora mi", "tenåringen", "samboeren", "bestefar", "ungene"),
    },
    lines={
        "slow": (
            "Får bare {speed} på Fri Fart i {place} siden {day}. Er det noe feil hos dere?",
            "Nettet har vært helt dødt på {device} siden {day}",
            "Treg 4G i {place} igjen. Har startet {device} på nytt fem ganger nå.",
            "Er det flere enn meg som har sneglefart? Måler {speed} midt i {place}",
            "Betaler for Fri Fart og får {speed}. Kan dere sjekke {place}?",
        ),
        "price": (
            "Hva koster Fri Fart når kampanjen er over?",
            "Er det {sum} i måneden uansett hvor mye data man bruker?",
            "Får man familierabatt hvis {kin} også tar Fri Fart?",
            "Står {sum} på nettsida og noe annet i appen. Hva er riktig pris?",
            "Finnes det studentpris? {sum} er litt mye for meg.",
        ),
        "coverage": (
            "Null dekning ved {place}. Når kommer dere hit?",
            "Har dere 5G i {place} snart eller må vi vente til neste istid?",
            "Dekningskartet sier fire streker i {place}. {device} sier null.",
            "Mister samtalen hver gang jeg kjører forbi {place}, hver eneste gang",
        ),
        "praise": (
            "Ringte {day} og fikk hjelp på to minutter. Så bra kundeservice!",
            "Fri Fart har fungert som ei kule i {place}, kjempefornøyd.",
            "Byttet {day} og det gikk helt smertefritt. Tusen takk!",
            "Endelig et selskap som svarer. Anbefales til {kin} også",
        ),
        "invoice": (
            "Hvorfor er regninga på {sum} denne måneden? Avtalen er lavere.",
            "Har fått purring på en faktura jeg betalte {day}!!",
            "Fakturaen kommer ikke på eFaktura lenger, hva skjer?",
            "Ble belastet {sum} for noe som heter «tilleggstjeneste». Har aldri bestilt det.",
        ),
        "order": (
            "Bestilte simkort {day}, det er ikke kommet enda",
            "Sporingen har stått på «underveis» siden {day}. Hvor er pakka?",
            "Hvordan aktiverer jeg eSIM på {device}?",
            "Ruteren jeg bestilte til {place} kom uten strømkabel. Hva gjør jeg?",
        ),
        "irony": (
            "«Fri Fart» ja. Fri for fart, mener dere? 🐌",
            "Gratulerer med verdens dyreste papirvekt, altså {device} med Havbris i {place}.",
            "Så fint at dere har råd til reklame når dere ikke har råd til en mast i {place} 👏👏",
            "Elsker å sitte 50 minutter i telefonkø. Musikken er jo fin.",
        ),
        "roaming": (
            "Fungerer Fri Fart i {land}?",
            "Kom hjem fra {land} og fikk {sum} i ekstra. Ble aldri varslet.",
            "Skal til {land} på ferie, hvor mye data kan {kin} bruke der?",
        ),
        "porting": (
            "Hvor lang tid tar det å flytte nummeret til dere?",
            "Nummeret til {kin} skulle vært flyttet {day}, men ingenting skjer",
            "Kan jeg ta med nummeret selv om jeg har bindingstid et annet sted?",
        ),
        "leaving": (
            "Nå er det nok. Sier opp {day} hvis dette ikke er fikset.",
            "Hvordan avslutter jeg abonnementet? Finner ikke knappen.",
            "Åtte år som kunde og dette er takken. Ha det bra.",
        ),
        "contact": (
            "Kan noen ringe meg på {phone}? Sitter ikke i telefonkø en gang til.",
            "Svar meg på {email} er dere greie, jeg er sjelden på Facebook.",
            "Nummeret det gjelder er {phone}, saken har ligget siden {day}.",
        ),
    },
    choirs={
        "slow_network": (
            "Fri Fart er ubrukelig i {place} siden {day}, får {speed}",
            "Enda en her med tregt nett i {place}. Hva skjer, Havbris?",
            "Samme her, ingenting laster på {device}",
            "Sneglefart igjen?? {speed} målt nå nettopp",
        ),
        "double_invoice": (
            "Dere har trukket meg to ganger denne måneden! {sum} ekstra",
            "Dobbelt faktura her også, betalte {day}",
            "To trekk på {sum}. Når får jeg pengene tilbake?",
        ),
        "app_down": (
            "Appen deres er nede, kommer ikke inn på {device}",
            "Får bare hvit skjerm i appen siden {day}",
            "Umulig å logge inn i appen. Flere?",
        ),
    },
    thanks=(
        "Tusen takk, da prøver jeg det!",
        "Supert, nå virker det 👍",
        "Takk for raskt svar, det satte jeg pris på",
        "Ah, da skjønner jeg. Takk!",
    ),
    followups=(
        "Ok, men gjelder det også for {kin}?",
        "Og hvor finner jeg det i appen?",
        "Hvor lang tid tar det da?",
        "Prøvde det. Fremdeles {speed} på {device}. Noe annet jeg kan teste?",
    ),
    still_angry=(
        "Det svaret har jeg fått tre ganger før. Det hjelper ikke!",
        "Standardsvar. Les hva jeg skriver, er dere snille.",
        "Nei, det er fortsatt ikke fikset. Begynner å gå tom for tålmodighet 😡",
    ),
    chatter=(
        "Samme her i {place}!",
        "Prøv å slå flymodus av og på, det hjalp meg",
        "Har ikke merket noe, men jeg bor i {place}",
        "Enig med deg, dette er for dårlig",
    ),
    second_thoughts=(
        " EDIT: virker igjen nå.",
        " (Rettet: det var {day}.)",
        " Oppdatering: fortsatt likt.",
        " PS: {device}, altså.",
    ),
    page_posts=(
        "Fri Fart er her: så fort nettet kan, der du er. Se hva du kan vente deg på din adresse før du bestiller.",
        "Vi bytter utstyr i nord denne uka. Noen får korte brudd om natta. Si fra her hvis noe ikke virker etterpå.",
    ),
    phones="400 00 0{n}",
)
