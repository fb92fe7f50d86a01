"""The words that tell what a number beside them is, in Norwegian, Swedish, Danish, Finnish, English and German.

Each entry is a regular expression that a whole lower-case word must match. The first kind whose entries match wins,
so narrow kinds stand before wide ones ("kundenummer" is a reference before "nummer" is a number).
"""

# Orders, invoices, parcels, cases, companies, goods, software, contracts, vouchers, meters, money: no person.
REFERENCE = (
    r"(?:innkjøps|nett|web|salgs|inköps|käyttö)?(?:ordre|order|bestil|bestäl|bestel|tilau)(?!l?t).*|kjøp(?:et)?",
    r"køb(?:et)?|köp(?:et)?|kauf|purchase|osto|(?:kjøps|købs|köp|kauf|osto).*(?:nr|nummer|numret|numero|id)",
    r"tele?fonk[øö].*|puhelinjono.*|po|faktur.*|rechnung.*|regning.*|räkning.*|lasku.*|invoice.*|bill|purring.*",
    r"inkasso.*|mahn.*|muistutus.*|kid(?:-?n.*)?|ocr(?:-?n.*)?|viite.*|refer.*|ref|verwendungszweck.*",
    r"aktenzeichen.*|(?:be)?tal(?:ings|nings)-?(?:id|ref).*|maksuviite.*|transa[ck].*|tapahtuma.*|kvitt.*|kuitt.*|kuiti.*",
    r"beleg.*|bon(?:en|nr)?|receipt.*|bilag.*|verifikat.*|avi.*|spor|sporet|sporing.*|kolli.*",
    r"pa(?:kke|ket)-?(?:n|id|sp).*|forsendelse.*|försändelse.*|send(?:ing|ung)s?(?:en|s|n|-|v).*|sendung|sending",
    r"lähety.*|seuranta.*|track.*|shipment.*|shipping|parcel.*|consignment.*|awb|frakt(?:brev|s).*",
    r"paketti(?:n|t).*|sak(?:en|s.*|nr|nummer)?|sag|sagen|sagnr|sags[nb].*|ärende.*|tapau.*|vorgang.*|ticket.*|tiket.*|case",
    r"fallnummer|tukipyyn.*|henvendelse.*|journaln.*|incident.*|issue|klage(?:nr|nummer)|reklama.*|reclam.*",
    r"palvelupyyn.*|anmälnings.*|dossier.*|org|org\W?n.*|organi[sz]a.*|foretak.*|företag.*|yrity.*|y-tunnu.*",
    r"ytunnu.*|alv|cvr.*|se-?nr|hrb|hra|ust.*|vat|mva|moms.*|momm.*|company.*|firma.*|handelsregister.*|ean.*",
    r"gln|kvk|duns|virksom.*|(?:strek|streck|streg|strich|bar|qr|viiva)-?[kc]oo?d.*|gtin|isbn|upc|sku|serie-?n(?:r|um).*",
    r"serial.*|sarjanum.*|imei.*|iccid.*|mac|modell?.*|malli.*|art-?n.*|arti[kc].*|vare(?:n|k|id).*|varu(?:n|k).*|varen",
    r"produ[kc]t.*|tuote.*|ware.*|item.*|typennummer|app|appen|app-?v.*|versi?jon.*|version.*|versio.*|build.*",
    r"firmware.*|sovellu.*|ohjelmisto.*|software.*|release|patch|android|ios|windows|feil(?:kode|melding).*",
    r"fejl(?:kode|melding)?.*|fel(?:kod|medd).*|fehler.*|error.*|virhe.*|kunde?-?(?:nr|num|id|ref).*|asiakasn.*",
    r"asiakastunn.*|customer|client|medlem.*|jäsen.*|mitglied.*|member.*|avtal.*|aftale.*|kontrakt.*|contract.*",
    r"vertrag.*|sopimu.*|polise.*|police(?:n|nr|nummer).*|policy.*|försäkrings.*|forsikrings.*|vakuutus.*",
    r"versicherungss.*|bo+king.*|bokning.*|varau.*|buchung.*|reserv.*|billet.*|biljett.*|lippu.*|ticketnr",
    r"gave?kort.*|presentkort.*|lahjakort.*|geschenk.*|gutschein.*|voucher.*|[ck]upo?n.*|coupon.*|rabatt?.*",
    r"kampanj.*|bonus.*|fordel.*|lojal.*|loyal.*|kod(?:e|en|er)?|code.*|koodi.*|pin.*|cvc|cvv|otp|passord.*",
    r"lösenord.*|salasana.*|passwor[dt].*|måler.*|mätar.*|mittari.*|zähler.*|meter|anleg.*|anlæg.*|anläggn.*",
    r"käyttöpaik.*|kr|sek|dkk|eur|euro|euroa|usd|gbp|kroner|kronor|price|hinta|dato.*|datum.*|date|päiväm.*|pvm",
    r"siden|sedan|sidan|since|seit|alkaen",
)

PHONE = (
    r"tlf.*|telf.*|tele?|telefon.*|telephone|telnr|t[eo]lefoon.*|.+telefon(?:en|nummer.*|nr|i)?|.*fon(?:nummer|nr)",
    r"fasttlf|fastnet.*|fasttele.*|mob|mobn.*|mobil.*|ring|ringer?|ringa|ringas|ringes|oppring.*|uppring.*",
    r"opkald.*|call(?:s|ed|ing|back)?|phone.*|cell.*|landline.*|(?:hot)?line|dial|text(?:a|ed|ing)?|sms.*|tekst",
    r"whats-?app.*|viber|signal|telegram|imessage|nås|nåes|träffas|treffes|fanges|fanga|tavoi.*|tavat.*",
    r"soit(?:a|t|e).*|puh|puhn.*|puhel.*|kännyk.*|matkapuh.*|gsm.*|numeroon|numerosta|liittym.*|abon+e.*|abbon+e.*",
    r"sim|sim-?k.*|ruf(?:e|en|t|nummer)?|anruf.*|angerufen|rückruf.*|zurückruf.*|erreich.*|handy.*",
    r"anschlu[sß].*|festnetz.*|durchwahl.*|vipps.*|swish.*|mobilepay.*|linj(?:e|a|en|an)|kontaktn.*|kontakttel.*",
    r"textviesti.*|tekstiviesti.*|fa(?:x|ks)|telefax",
)

IDENTITY = (
    r"p-?nr|pers-?nr|.*person-?n(?:r|um).*|.*personnr.*|person(?:lig|al)?-?(?:id|kod|code|tunn|kenn).*|personenn.*",
    r"personenk.*|personaln.*|personid.*|f-?nr|.*fødsel.*|.*fodsel.*|födelse.*|fødenummer|fodt|født|fødd|född|born",
    r"geboren|geburts.*|syntym.*|birth.*|dob|d-?n(?:r|um).*|h-?nummer|cpr.*|.+cpr|samordning.*|henkilö.*|hetu.*",
    r"sotu.*|sosiaaliturv.*|ssn|social|sozial.*|nation(?:al|ell|alt).*|kansall.*|identi.*|id-?n(?:r|um).*|id-?k.*",
    r"legitim.*|leg|ausweis.*|kennung.*|kennnummer|kennziffer|steuer-?id.*|pass?nummer.*|tunnu(?:s|ks|kse).*",
    r"bank-?id|folkeregist.*|folkbokf.*|civilregist.*|väestö.*",
)

# Weak words: a number beside a relative is likelier an identity number than anything else.
PERSON = (
    r"mor|moren|mors|moder|mamma.*|far|faren|fars|fader|pappa.*|søn+|sønnen|sønn|son|sonen|datter.*|dotter.*",
    r"barn.*|kone[na]?|mann|mannen|fru|frun|hustru.*|sambo.*|samboer.*|ektef.*|ægtef.*|bror.*|søster.*",
    r"syster.*|kæreste.*|kjæreste.*|bestemor|bestefar|mormor|morfar|farmor|farfar|mother.*|father.*|mum|mummy|mom|mommy",
    r"dad|daddy|husband.*|wife.*|son's|daughter.*|kid|child.*|brother.*|sister.*|partner.*|spouse.*|gran|grann.*|grand[mfp].*|äiti.*",
    r"isä.*|tytär.*|tyttä.*|poika.*|poja.*|vaimo.*|mies|miehe.*|aviom.*|puoliso.*|lapse.*|sisko.*|velje.*|mumm.*",
    r"mutter.*|vater.*|tochter.*|sohn.*|frau|ehemann.*|ehefrau.*|kind.*|bruder.*|schwester.*|oma|opa",
)

CARD = (
    r"kort|kortet|kortets|kort-?n.*|kortene",
    r".*(?:bank|kredit|kreditt|debet|debit|betal|betalings|visa|master|dan)-?kort.*|kort(?:ti|in|il|ia).*",
    r".*kortti.*|.*kortin.*|.*kortil.*|card.*|.*creditcard.*|visa.*|master-?card.*|amex|american|maestro|diners",
    r"karte.*|.*karte|.*karten(?:nummer|nr)?|kredit|kreditt|debit|credit|pan",
)

ACCOUNT = (
    r".*konto(?!r(?!ts)|rs|ll|u|ut)(?!.*utskrift).*|kto.*",
    r".*tili(?:n|ni|si|ä|äni|nsä|lle|lleni|llä|ltä|ltäni|numero.*|stä|in|öön)?|account.*|acct|a/c|iban.*|bic|bank",
    r"banken|bankgiro.*|bank-?gi.*|bg|bg-?n.*|plus-?giro.*|pg|pg-?n.*|post-?giro.*|giro.*|girot|clearing.*|blz",
    r"bankverb.*|bankleitz.*|pankki.*|pankin|sett|sette|sätt|sätta|sättas|sæt|sættes|insätt.*|innbetal.*|inbetal.*",
    r"indbetal.*|utbetal.*|udbetal.*|overfør.*|överför.*|åter?betal.*|tilbakebetal.*|tilbagebetal.*|refund.*",
    r"refusj.*|refusion.*|refundér.*|penge[nr].*|penge|pengar.*|money|cash|raha.*|hyvit.*|palaut.*|siirt.*|siirr.*",
    r"maks(?:a|u|oi|ett).*|erstatt.*|überw.*|gutschr.*|gutschreib.*|rückerst.*|rückzahl.*|zurückz.*|geld.*",
    r"auszahl.*|einzahl.*|payout.*|pay|paid|payment.*|deposit.*|transfer.*|wire|salary|lønn.*|løn|lön.*|palkka.*",
    r"gehalt|gehaltsk.*|betal(?:a|e|t|ing|ning|er)?|zahl.*|bezahl.*|kompens.*|credited|reimburse.*",
)

PLATE = (
    r"tow(?:ed|ing)?|fined?|clamp.*|bøter?|bøtel.*|böter|bøder?|(?:p-|parkerings|kontroll)?avgift(?:en)?|p-afgift",
    r"sakko.*|hinat.*|huolto.*|werkstatt|geblitzt|garage.*|garasje.*",
    r".*(?:bil|personbil|vare|last|el)?bil(?:en|ens|er|ene|arna|nr)?|bil-?n.*|kjøretøy.*|køretøj.*|fordon.*",
    r"vogn(?:en|a)?|car|cars|van|vehicle.*|truck|lorry|motorbike|motorcycle|scooter|motorsyk.*|motorcy.*|moped.*",
    r"mc|tilhenger.*|henger(?:en)?|släp.*|trailer.*|campingvogn.*|husvagn.*|bobil.*|husbil.*|tesla|volvo|toyota",
    r"audi|bmw|skoda|volkswagen|ford|leiebil.*|firmabil.*|hyrbil.*|reg|reg-?n.*|registr.*|regist(?:er)?n.*",
    r"regplate|reg-?skylt.*|skilt.*|.*skilt(?:et|nr)?|skylt.*|.*skylten?|nummerpl.*|nummersk.*|.*plate.*",
    r"number-?plate.*|licen[cs]e|parker.*|parking.*|p-?bot.*|bilbesiktning.*|besiktn.*|eu-?kontroll.*|syn(?:et|ad)",
    r"verksted.*|verkstad.*|værksted.*|bompeng.*|toll|bomring.*|tau(?:a|et).*|bogser.*|bugser.*|auto|auton|autoa",
    r"autoni|autosta|autoon|autolle|.*auto(?:ni|mme|nsa)|rekkar.*|rek|rekn.*|rekister.*|kilpi.*|kilve.*|ajoneuv.*",
    r"pakettiaut.*|moottoripyör.*|mopo.*|pysäköi.*|parkki.*|autos|autonummer|wagen.*|.*wagen|kennzeichen.*",
    r".*kennzeichen|nummernschild.*|fahrzeug.*|pkw|lkw|kfz.*|motorrad.*|roller|geparkt.*|parkt|abgeschleppt",
)

# Weak words: they say that a number comes, or that somebody wants to be reached, not which.
NUMBER = (
    r"nr|nummer|nummeret|nummere|numret|nummret|num|number|numbers|no|numero.*|numre|#|№|meg|mig|me|mich|mir|minut",
    r"minua|minulle|minuun|oss|us|uns|kontakt.*|contact.*|yhtey.*|reach|ota|reply|svar.*|antwort.*|melden|nå|mvh",
    r"vh|hilsen|hälsning.*|hilsner|terveisin|gruß|grüßen?|regards",
)

# Weak: "id" belongs to the word before it.
IDENTIFIER = (r"id|id:n|tunn",)

PLATE_NOUN = (
    r"reg-?n.*|registr.*|registern.*|nummer(?:pl|sk|sc).*|.*plate|skilt.*|.*skylt.*|rekkar.*|rekister.*",
    r"kennzeichen|.*kennzeichen",
)

STRONG_ACCOUNT = (
    r".*konto-?n(?:r|um).*|.*tilinumero.*|account|acct|kto|kto-?nr|konto|kontot|kontoen|.*konto|reg|clearing.*",
    r"bankkonto.*",
)

ADDRESS = (
    r".*adress.*|.*osoit.*|.*anschrift.*|fly?tt?(?:a|e|er|et|ed|ede|at|ade|ar|in|ing)|mov(?:ed|ing)",
    r"muut(?:i|t|a).*|.*umgezogen|umzug|umziehe.*|bor|bo|bodde|boende|asu(?:n|mme|u|a)|wohn.*|live|living|lives",
    r"resid.*|hjemme|hemma|kotona|zuhause",
)

DELIVERY = (
    r"lever.*|pak(?:ke|ken|ket|etet|et|etin|etti)|send(?:es|t|e|a|s)?|sende|skick.*|ship.*|deliver.*|go|goes",
    r"zustell.*|liefer.*|toimit.*|lähet.*|kuriren|budet|kom(?:me|ma)|hent.*|hämt.*|abhol.*|nouda.*|come",
)
