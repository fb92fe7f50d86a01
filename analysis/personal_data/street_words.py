"""What street names end in, in Norwegian, Swedish, Danish, Finnish, German and English."""


def _words(*lines: str) -> tuple[str, ...]:
    return tuple(" ".join(lines).split())


# Endings that hardly any other word has.
STREET_ENDINGS = _words(
    "veien vegen vei gata gaten gate gade gaden allé alléen alleen vej vejen stien svingen bakken kroken",
    "plassen pladsen plads torget torvet torv stræde strædet vænget vænge toften løkka tunet kaia brygga",
    "bryggen smauet veita terrasse boulevard boulevarden krogen dalen lunden bakke haugen åsen lia faret",
    "grenda jordet marken vägen gatan stigen gränd gränden backen torg slingan liden allén esplanaden backe",
    "gången svängen kullen ängen hagen gärdet höjden väg stig katu tie kuja polku kaari raitti aukio väylä",
    "penger bulevardi esplanadi kadun portti rinne taival straße strasse str weg allee platz gasse damm",
    "chaussee ufer steig stieg pfad promenade graben",
)

# Endings of many other words too: believed only beside a town or a word for living somewhere.
LOOSE_ENDINGS = _words(
    "ring ringen plan park parken hof berg berget haven have lund tori ranta mäki markt mark moen sti tun",
    "gård gården dal ås ager ageren puisto kallio niemi lahti heide wiese garten kamp redder stranda stranden",
    "neset vika moa holmen laita silta kierto piha alle gt gt.",
)

# Street words that stand alone after a name: "Karl Johans gate 5".
STANDALONE = frozenset(
    _words(
        "gate gata gaten vei veg veien plass allé alle terrasse gade vej plads väg gatan gränd torg katu tie kuja",
        "polku straße strasse str weg allee platz gasse ring damm ufer boulevard stræde torv vænge bakke backe",
        "backar",
    )
)

# Those that hardly mean anything else even in small letters.
PLAIN_STANDALONE = frozenset(
    _words(
        "gate gata gaten vei veg veien vej gade väg gatan gränd katu straße strasse",
    )
)

# Words that belong to the street when they stand before it with a capital.
FORENAMES_OF_STREETS = frozenset(
    _words(
        "gl øvre nedre østre vestre nordre søndre gamle store lille norra södra östra västra gamla stora lilla",
        "nya nye øster vester nørre sønder alte neue große kleine obere untere am sankt st pohjoinen eteläinen",
        "itäinen läntinen vanha",
    )
)

# They follow the number and the name: "12 Baker Street".
ENGLISH_STREETS = _words(
    "street st road rd avenue ave lane ln close drive dr way court ct place square sq terrace crescent cres",
    "gardens grove hill mews row walk park boulevard blvd parade green rise view wharf quay gate yard circus",
    "vale path highway",
)

# Units and months: a number beside them counts days or euros and is no house number.
COUNTED = frozenset(
    _words(
        "januar februar mars april mai juni juli august september oktober november desember januari februari maj",
        "augusti december marts tammikuu helmikuu maaliskuu huhtikuu toukokuu kesäkuu heinäkuu elokuu syyskuu",
        "lokakuu marraskuu joulukuu tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta",
        "elokuuta syyskuuta lokakuuta marraskuuta joulukuuta märz dezember january february march may june july",
        "october jan feb mar apr jun jul aug sep sept okt oct nov des dec dez uke uker vecka veckor uge uger",
        "viikko viikkoa woche wochen week weeks dager dagar dage päivää tage days ganger gånger gange kertaa mal",
        "times timer timmar tuntia stunden hours minutter minuter minutes minuuttia kr kroner kronor euro euroa",
        "stk stykker stycken stück",
    )
)
