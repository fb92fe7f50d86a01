"""Small words that only one of three close languages has, with Norwegian dialects and Nynorsk.

Letter statistics mix up Norwegian, Danish and Swedish in short texts and take a dialect for a neighbour; these words
settle it. They come from general knowledge of the languages, and nearly all are function words, so no topic leans on
them.
"""


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


MARKS: dict[str, frozenset[str]] = {
    "no": _words(
        # Bokmål
        "å meg deg seg hva noe noen nå litt mye etter opp inn uten bare ble blei hadde fått gjør gjerne hvorfor",
        "ennå enda fortsatt frem fram uke uka uker klokka dere takk hjelp hjelpe kjøpe kjøpt trenger virker gikk",
        "gi skjer skjønner sånn imorgen ikveld minutt jobb vær være fremdeles kjempe morgenen vennligst nettopp",
        # Nynorsk
        "eg ikkje kva kor korleis kven kvifor kvar frå nokon noko nokre dei dykk dykkar me vere gjer kjem vart",
        "framleis berre mykje heile hjå ho eit ein høyrer seier veit òg",
        # dialects
        "æ æg ej jæi e ka ke kordan kossen koss korsn åssen hassen kem kæm kofor koffor mæ dæ sæ mej dej sej dem",
        "dæm dåkker dokker dåkke dokk itj itjno itjnå ikkj ittje itte ikje ska te tel førr fer nåkka nåke nokka",
        "nåen morra mårra mårå imorra imårå klokkå d vårres no spæll spell minn di mi legge finn",
    ),
    "da": _words(
        "af ud hvad noget nogen nogle siger bliver blive blev havde haft fik mig dig sig jer jeres hvornår efter",
        "gøre gør tak uden hjælp hjælpe altså igen nej lige købt købte tilbage sidste anden uge uger måske synes",
        "vores nogensinde ødelagt kigge længere hurtigt desværre modtaget oplyst op nu sæt tilføj sluk slet spil",
        "vejret",
    ),
    "sv": _words(
        "och att är för inte till jag vad hur när från också något någon några måste mycket vara varit göra ni",
        "ert hon än ännu andra samma eller varför vilken vilket ingen inget redan sedan väntat väntar snälla",
        "hjälp hjälpa tack kanske mellan finns vecka veckor köpt köpte beställt fungerar pengar tillbaka behöver",
        "aldrig upp igen nu",
    ),
}
