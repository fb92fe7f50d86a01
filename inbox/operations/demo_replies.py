"""What the demo company answers again and again, each in the five languages of its customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoReply:
    """One saved reply; `team` "" for everyone."""

    title: str
    shortcut: str
    texts: Mapping[str, str]
    team: str = ""


REPLIES = (
    DemoReply(
        "Thanks, we look into it",
        "thanks",
        {
            "en": "Hi {{customer.first_name}}, thanks for telling us. I am looking into it now and will write to "
            "you again today.\n{{agent.first_name}}",
            "nb": "Hei {{customer.first_name}}, takk for at du sier fra. Jeg ser på det nå og skriver til deg "
            "igjen i dag.\n{{agent.first_name}}",
            "sv": "Hej {{customer.first_name}}, tack för att du hör av dig. Jag tittar på det nu och återkommer i "
            "dag.\n{{agent.first_name}}",
            "da": "Hej {{customer.first_name}}, tak fordi du siger til. Jeg ser på det nu og skriver til dig igen "
            "i dag.\n{{agent.first_name}}",
            "fi": "Hei {{customer.first_name}}, kiitos viestistäsi. Selvitän asiaa nyt ja palaan siihen vielä "
            "tänään.\n{{agent.first_name}}",
        },
    ),
    DemoReply(
        "Please write to us in private",
        "private",
        {
            "en": "Hi {{customer.first_name}}, we want to help with this. Send us a private message with your "
            "order number, then nobody else sees it.",
            "nb": "Hei {{customer.first_name}}, dette vil vi hjelpe deg med. Send oss ordrenummeret i en privat "
            "melding, så er det ingen andre som ser det.",
            "sv": "Hej {{customer.first_name}}, det här vill vi hjälpa dig med. Skicka ordernumret i ett privat "
            "meddelande så ser ingen annan det.",
            "da": "Hej {{customer.first_name}}, det vil vi gerne hjælpe dig med. Send ordrenummeret i en privat "
            "besked, så ser ingen andre det.",
            "fi": "Hei {{customer.first_name}}, autamme mielellämme. Lähetä tilausnumero yksityisviestinä, niin "
            "muut eivät näe sitä.",
        },
    ),
    DemoReply(
        "Parcel is late",
        "late-parcel",
        {
            "en": "Hi {{customer.first_name}}, I am sorry that your parcel is late. It left our stock and the "
            "carrier expects it within two working days. If it is not there by then, I send a new "
            "one.\n{{agent.first_name}}",
            "nb": "Hei {{customer.first_name}}, det er leit at pakken er forsinket. Den har forlatt lageret, og "
            "transportøren venter den innen to virkedager. Er den ikke framme da, sender jeg en "
            "ny.\n{{agent.first_name}}",
            "sv": "Hej {{customer.first_name}}, jag beklagar att paketet är sent. Det har lämnat lagret och väntas "
            "fram inom två arbetsdagar. Har det inte kommit då skickar jag ett nytt.\n{{agent.first_name}}",
            "da": "Hej {{customer.first_name}}, jeg er ked af, at pakken er forsinket. Den har forladt lageret og "
            "ventes frem inden for to hverdage. Er den ikke kommet da, sender jeg en ny.\n{{agent.first_name}}",
            "fi": "Hei {{customer.first_name}}, pahoittelen paketin myöhästymistä. Se on lähtenyt varastolta ja "
            "saapuu arviolta kahden arkipäivän kuluessa. Jos se ei ole silloin perillä, lähetän "
            "uuden.\n{{agent.first_name}}",
        },
        "first-line",
    ),
    DemoReply(
        "How to return something",
        "return",
        {
            "en": "Hi {{customer.first_name}}, you can return it within 30 days. Use the label in the parcel and "
            "hand it in where you fetched it. The money is back a week after we have it.",
            "nb": "Hei {{customer.first_name}}, du kan returnere innen 30 dager. Bruk lappen som lå i pakken og "
            "lever den der du hentet den. Pengene er tilbake en uke etter at vi har fått den.",
            "sv": "Hej {{customer.first_name}}, du kan returnera inom 30 dagar. Använd etiketten i paketet och "
            "lämna in det där du hämtade det. Pengarna är tillbaka en vecka efter att vi fått det.",
            "da": "Hej {{customer.first_name}}, du kan returnere inden for 30 dage. Brug etiketten i pakken, og "
            "aflever den der, hvor du hentede den. Pengene er tilbage en uge efter, at vi har fået den.",
            "fi": "Hei {{customer.first_name}}, voit palauttaa tuotteen 30 päivän kuluessa. Käytä paketissa "
            "ollutta lipuketta ja jätä paketti samaan noutopisteeseen. Rahat palautuvat viikon kuluessa siitä, kun "
            "saamme sen.",
        },
        "first-line",
    ),
    DemoReply(
        "Which size fits",
        "size",
        {
            "en": "Our sizes run a little large. Measure around the chest and choose the size below if you are in "
            "between.",
            "nb": "Størrelsene våre er litt store. Mål rundt brystet, og velg den minste hvis du er midt imellom.",
            "sv": "Våra storlekar är lite stora. Mät runt bröstet och välj den mindre om du är mitt emellan.",
            "da": "Vores størrelser er lidt store. Mål rundt om brystet, og vælg den mindste, hvis du er midt imellem.",
            "fi": "Kokomme ovat hieman reiluja. Mittaa rinnanympärys ja valitse pienempi koko, jos olet kahden "
            "välissä.",
        },
    ),
    DemoReply(
        "Opening hours",
        "hours",
        {
            "en": "We answer on weekdays from 8 to 20 and on Saturdays from 10 to 16.",
            "nb": "Vi svarer på hverdager fra 8 til 20 og på lørdager fra 10 til 16.",
            "sv": "Vi svarar på vardagar mellan 8 och 20 och på lördagar mellan 10 och 16.",
            "da": "Vi svarer på hverdage fra 8 til 20 og på lørdage fra 10 til 16.",
            "fi": "Vastaamme arkisin klo 8–20 ja lauantaisin klo 10–16.",
        },
    ),
    DemoReply(
        "Case number to keep",
        "number",
        {
            "en": "Your case has number {{case.number}}. Answer here, and whoever is on duty at {{team.name}} "
            "finds it.",
            "nb": "Saken din har nummer {{case.number}}. Svar her, så finner den som er på jobb i {{team.name}} den.",
            "sv": "Ditt ärende har nummer {{case.number}}. Svara här så hittar den som är i tjänst på "
            "{{team.name}} det.",
            "da": "Din sag har nummer {{case.number}}. Svar her, så finder den, der er på vagt i {{team.name}}, den.",
            "fi": "Asiasi numero on {{case.number}}. Vastaa tähän, niin vuorossa oleva tiimistä {{team.name}} "
            "löytää sen.",
        },
        "first-line",
    ),
    DemoReply(
        "Money is on its way",
        "refund",
        {
            "en": "Hi {{customer.first_name}}, the money is on its way to the card you paid with. Banks take three "
            "to five working days.\n{{agent.first_name}}",
            "nb": "Hei {{customer.first_name}}, pengene er på vei til kortet du betalte med. Banken bruker tre til "
            "fem virkedager.\n{{agent.first_name}}",
            "sv": "Hej {{customer.first_name}}, pengarna är på väg till kortet du betalade med. Banken behöver tre "
            "till fem arbetsdagar.\n{{agent.first_name}}",
            "da": "Hej {{customer.first_name}}, pengene er på vej til det kort, du betalte med. Banken er tre til "
            "fem hverdage om det.\n{{agent.first_name}}",
            "fi": "Hei {{customer.first_name}}, rahat ovat matkalla kortille, jolla maksoit. Pankilta kuluu "
            "kolmesta viiteen arkipäivää.\n{{agent.first_name}}",
        },
        "first-line",
    ),
    DemoReply(
        "Thanks for the kind words",
        "praise",
        {
            "en": "Thank you, {{customer.first_name}}. I have read it aloud to the whole team, and it made our day.",
            "nb": "Tusen takk, {{customer.first_name}}. Jeg leste det høyt for hele gjengen, og det gjorde dagen vår.",
            "sv": "Tack, {{customer.first_name}}. Jag läste upp det för hela gänget och det gjorde vår dag.",
            "da": "Tusind tak, {{customer.first_name}}. Jeg læste det højt for hele holdet, og det gjorde vores dag.",
            "fi": "Kiitos, {{customer.first_name}}. Luin tämän ääneen koko porukalle, ja se pelasti päivämme.",
        },
        "marketing",
    ),
    DemoReply(
        "Not our page",
        "fake",
        {
            "en": "That page is not ours. Do not give it any card number; we have reported it. {{channel.name}} "
            "only writes from here.",
            "nb": "Den siden er ikke vår. Ikke gi den noe kortnummer; vi har meldt den. {{channel.name}} skriver "
            "bare herfra.",
            "sv": "Den sidan är inte vår. Lämna inget kortnummer där; vi har anmält den. {{channel.name}} skriver "
            "bara härifrån.",
            "da": "Den side er ikke vores. Giv den ikke noget kortnummer; vi har anmeldt den. {{channel.name}} "
            "skriver kun herfra.",
            "fi": "Se sivu ei ole meidän. Älä anna sille korttisi numeroa; olemme ilmoittaneet siitä. "
            "{{channel.name}} kirjoittaa vain täältä.",
        },
    ),
)
