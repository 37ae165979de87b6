"""Sample cases of the public order office: trees, dogs, closed roads. Text only."""
# prose and its figures: a letter is judged by reading it, and it reads best with its sentences unbroken
# ruff: noqa: E501, ISC004, PLR0917, PLR2004, RUF028

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from local.samples.model import Block, Draft, Heading, Kind, Para, Table, euro, german_date, short_date
from local.samples.towns import Desk, Person

REMEDY = (
    "Gegen diesen Bescheid kann innerhalb eines Monats nach Bekanntgabe Widerspruch bei der erlassenden Behörde erhoben "
    "werden, schriftlich oder zur Niederschrift."
)

TREES = (
    ("Rosskastanie", "Kastanie", "Die Krone ist licht, am Stamm wächst der Austernseitling; die Wurzelanläufe sind gesund."),
    ("Winterlinde", "Linde", "Der Stamm zeigt eine Höhlung in 2 m Höhe, die nach dem Zugversuch standsicher ist."),
    ("Stieleiche", "Eiche", "Im Totholz brütet ein Buntspecht; der Baum ist vital und etwa 140 Jahre alt."),
    ("Rotbuche", "Buche", "Der Brandkrustenpilz hat den Stammfuß so weit zersetzt, dass der Baum bei Sturm umstürzen kann."),
    ("Gemeine Fichte", "Fichte", "Nach Befall durch den Buchdrucker ist die Krone zu vier Fünfteln abgestorben."),
    ("Gemeine Esche", "Esche", "Das Eschentriebsterben ist weit fortgeschritten, grobe Äste brechen ohne Ankündigung."),
    ("Walnussbaum", "Walnuss", "Der Walnussbaum ist gesund, verschattet aber die Terrasse vom Mittag an."),
    ("Sandbirke", "Birke", "Die Wurzeln haben den Plattenweg angehoben; der Baum selbst ist gesund."),
    ("Spitzahorn", "Ahorn", "Ein Starkast ist ausgebrochen, die Wunde wurde fachgerecht versorgt."),
)  # fmt: skip
#: the trees whose felling is allowed; the others stay
ALLOWED = {"Buche", "Fichte", "Esche"}


def trees(desk: Desk) -> Iterator[Draft]:
    """Give eight cases of three to four records."""
    for index in range(8):
        yield from tree_case(desk, index)


def tree_case(desk: Desk, index: int) -> Iterator[Draft]:
    """Ask whether a tree may go: application, inspection, answer."""
    c, town = desk.chance, desk.town
    species, short, finding = TREES[index]
    who, plot, year = desk.citizen(), desk.plot(), 2020 + index % 5
    trunk = c.randrange(105, 290)
    allowed = short in ALLOWED
    case = desk.case(
        department="bauamt" if index % 2 else "ordnungsamt", code="364.2", plan="Baumschutz, Fällgenehmigungen",
        case_type="Baumfällgenehmigung", subject=f"Baumfällung {short}", year=year, everyone=0.35,
        readers=() if index else ("alle",),
    )  # fmt: skip
    asked = desk.day(year, 1, 9)
    seen = desk.after(asked, 6, 20)
    decided = desk.after(seen, 4, 15)
    reason = c.choice((
        f"der Baum ist so groß geworden, dass wir bei Sturm Angst um unser Dach haben. Es handelt sich um eine {species} mit "
        f"{trunk} cm Stammumfang.",
        f"Laub und Früchte verstopfen jedes Jahr die Dachrinne, und ab Mittag liegt der Garten im Schatten. Betroffen ist eine "
        f"{species}, Stammumfang {trunk} cm.",
        f"die Wurzeln drücken gegen die Grundstücksmauer und den Kanalanschluss. Bei dem Baum handelt es sich um {species}, "
        f"gemessener Umfang {trunk} cm in einem Meter Höhe.",
    ))  # fmt: skip
    yield Draft(
        case, f"Antrag Fällung {short}", (Kind.PDF, Kind.EML, Kind.SCAN, Kind.TXT)[index % 4],
        f"Antrag auf Fällung: {species} ({who.street})", "Antrag", asked,
        (Para("Guten Tag,"), Para(f"ich bitte um die Erlaubnis zum Fällen eines Baumes auf {plot}, denn {reason}"),
         Para(c.choice(("Ein Angebot einer Baumpflegefirma über 1.480 EUR liegt vor.", "Fotos kann ich per E-Mail schicken.",
                        "Einen Ersatzbaum würde ich im Herbst pflanzen."))), Para(f"Freundliche Grüße, {who.name}, {who.street}")),
        addressee=(town.board, desk.place()), sender=who.name,
    )  # fmt: skip
    yield Draft(
        case, f"Vermerk Baumkontrolle {short} {short_date(seen)}", (Kind.DOCX, Kind.PDF, Kind.ODT, Kind.PDF)[index % 4],
        f"Vermerk zur Baumkontrolle: {species} am Anwesen {who.street}", "Vermerk", seen,
        inspection(desk, species, trunk, finding, plot),
    )  # fmt: skip
    word = "Fällgenehmigung" if allowed else "Ablehnung"
    title = f"Baumfällung {short}: {'Genehmigung' if allowed else 'Ablehnung'}"
    if town.trunk is None:
        word, title = "Auskunft", f"Baumfällung {short}: keine Genehmigung erforderlich"
    yield Draft(
        case, f"{word} {short} {who.last}", Kind.PDFA if index in {1, 6} else Kind.PDF, title,
        "Schreiben" if town.trunk is None else "Bescheid", decided,
        felling(desk, who, species, trunk, finding, plot, asked, allowed=allowed), addressee=who.lines,
        retention_end=date(year + 10, 12, 31),
    )  # fmt: skip
    if not allowed and town.trunk is not None and index % 2 == 0:
        yield Draft(
            case, f"Widerspruch {who.last}", Kind.EML, f"Widerspruch gegen die Ablehnung: {species}", "E-Mail",
            desk.after(decided, 9, 27),
            (Para("Sehr geehrte Damen und Herren,"),
             Para(f"gegen Ihren Bescheid vom {german_date(decided)} lege ich Widerspruch ein. Ein Ast von etwa "
                  f"{c.randrange(6, 19)} cm Durchmesser liegt seit Montag auf dem Gartenweg; Bilder füge ich bei."),
             Para("Ich bitte, einen vereidigten Sachverständigen hinzuzuziehen und bis dahin von Vollzugsmaßnahmen abzusehen."),
             Para(f"Mit freundlichen Grüßen, {who.name}")),
            addressee=(case.clerk,), sender=who.name,
            attachments=(Draft(case, "Widerspruch mit Übersicht", Kind.PDF, f"Anlage zum Widerspruch: {species}", "Anlage",
                               decided, inspection(desk, species, trunk, finding, plot)),),
        )  # fmt: skip


def inspection(desk: Desk, species: str, trunk: int, finding: str, plot: str) -> tuple[Block, ...]:
    """Say what the tree looked like."""
    c = desk.chance
    sick = any(sign in finding for sign in ("zersetzt", "abgestorben", "fortgeschritten"))
    vitality = c.choice(
        ("Stufe 2 (deutlich geschädigt)", "Stufe 3 (absterbend)")
        if sick
        else ("Stufe 0 (vital)", "Stufe 1 (geschwächt)")
    )
    return (
        Para(
            f"Bei der Ortsbegehung auf {plot} wurde der Baum vom Boden aus besichtigt und mit dem Schonhammer abgeklopft."
        ),
        Table((
            ("Merkmal", "Feststellung"),
            ("Baumart", species),
            ("Stammumfang", f"{trunk} cm in {desk.town.trunk_height} cm Höhe"),
            ("Höhe und Krone", f"etwa {c.randrange(11, 27)} m, Kronendurchmesser {c.randrange(6, 17)} m"),
            ("Vitalität", vitality),
            ("Abstand zum Haus", f"{c.randrange(3, 14)},{c.randrange(1, 9)} m"),
        )),  # fmt: skip
        Para(finding),
        Para(
            c.choice((
                "Nester oder besetzte Höhlen wurden nicht gefunden.",
                "In der Krone befindet sich ein verlassenes Krähennest.",
                "Eine Kletteruntersuchung ist nicht veranlasst.",
            ))
        ),
    )  # fmt: skip


def felling(
    desk: Desk,
    who: Person,
    species: str,
    trunk: int,
    finding: str,
    plot: str,
    asked: date,
    *,
    allowed: bool,
) -> tuple[Block, ...]:
    """Return the answer: yes with a replacement, no with reasons, or nobody has to ask."""
    c, town = desk.chance, desk.town
    season = (
        "Unabhängig davon verbietet § 39 Abs. 5 BNatSchG das Fällen vom 1. März bis zum 30. September; "
        "besetzte Nester und Höhlen sind ganzjährig geschützt (§ 44 BNatSchG)."
    )
    if town.trunk is None:
        return (
            Para(f"Guten Tag {who.name},"),
            Para(
                f"auf Ihre Anfrage vom {german_date(asked)} teilen wir mit: Die {town.full_name} hat keine Baumschutzsatzung. Für "
                f"das Fällen des Baumes ({species}, {trunk} cm Stammumfang) auf {plot} ist daher keine Genehmigung der Gemeinde "
                "erforderlich."
            ),
            Para(season),
            Para(f"{finding} Wir bitten Sie, die Entscheidung zu überdenken, und empfehlen {town.replanting}."),
        )
    rule = (
        f"Der Baum ist nach § 2 der Baumschutzsatzung der {town.full_name} geschützt, weil sein Stammumfang mit {trunk} cm, "
        f"gemessen in {town.trunk_height} cm Höhe, den Grenzwert von {town.trunk} cm überschreitet."
    )
    if allowed:
        until = date(asked.year + 1, 2, 28)
        return (
            Para(f"Guten Tag {who.name},"),
            Para(
                f"die Fällung des Baumes ({species}) auf {plot} wird genehmigt. Die Genehmigung gilt bis zum {german_date(until)}."
            ),
            Heading("Gründe"),
            Para(f"{rule} {finding} Von dem Baum geht eine Gefahr aus, die auf andere Weise nicht abgewendet werden kann."),
            Heading("Auflagen"),
            Para(f"Ersatzpflanzung: Bis zum 30. April des Folgejahres pflanzen Sie {town.replanting}."),
            Para(season),
            Para(c.choice((
                "Der Stubben kann im Boden bleiben.",
                "Das Stammholz soll als Lebensraum für Käfer liegen bleiben, soweit der Platz reicht.",
                "Die Pflanzung ist mit einem Foto nachzuweisen.",
            ))),
            Para(REMEDY),
        )  # fmt: skip
    return (
        Para(f"Guten Tag {who.name},"),
        Para(f"Ihr Antrag vom {german_date(asked)}, den Baum ({species}) auf {plot} zu fällen, wird abgelehnt."),
        Heading("Gründe"),
        Para(f"{rule} {finding}"),
        Para(c.choice((
            "Laubfall, Fruchtfall und Schatten gehören zu den Folgen eines Baumes, die Grundstückseigentümer hinnehmen müssen. "
            "Eine Ausnahme oder Befreiung kommt nicht in Betracht.",
            "Die Standsicherheit ist gegeben. Ein Rückschnitt der Krone um höchstens 15 Prozent genügt, um den Abstand zum "
            "Haus herzustellen; er bedarf keiner Genehmigung.",
            "Schäden an der Mauer lassen sich durch eine Wurzelbrücke beheben, deren Kosten zumutbar sind.",
        ))),
        Para(
            f"Wer einen geschützten Baum ohne Genehmigung entfernt, handelt ordnungswidrig; die Geldbuße kann bis zu "
            f"{euro(town.felling_fine)} betragen."
        ),
        Para(REMEDY),
    )  # fmt: skip


BREEDS = ("Deutsch Drahthaar", "Kleiner Münsterländer", "Mischling (Schäferhund/Husky)", "Zwergdackel", "Labrador Retriever",
          "Rauhaardackel", "Eurasier", "Hovawart", "Großer Schweizer Sennenhund", "Pudel", "Kangal", "Border Collie")  # fmt: skip
DOG_NAMES = (
    "Wölkchen",
    "Gräfin",
    "Brösel",
    "Möhre",
    "Fünkchen",
    "Käpt'n",
    "Zimtstern",
    "Björk",
    "Ödipus",
    "Flöckchen",
    "Hübsche",
    "Räuber",
)


def dogs(desk: Desk) -> Iterator[Draft]:
    """Give nine cases: registration, exemption, kennel, a dog that counts as dangerous."""
    for index in range(9):
        if index % 3 == 2:
            yield from kennel_case(desk, index)
        else:
            yield from dog_case(desk, index)


def dog_case(desk: Desk, index: int) -> Iterator[Draft]:
    """Register and tax a dog; some owners ask to be spared."""
    c, town = desk.chance, desk.town
    who, year, breed, name = desk.citizen(), 2020 + index % 5, BREEDS[index], c.choice(DOG_NAMES)
    place = index % 3 + 1 if index % 4 else 1
    rate = {1: town.dog_first, 2: town.dog_second, 3: town.dog_further}[place]
    word = {1: "ersten", 2: "zweiten", 3: "dritten"}[place]
    relief = index in {1, 4, 7}
    case = desk.case(
        department="kaemmerei", code="106.3", plan="Hundesteuer", case_type="Hundesteuer", subject=f"Hundesteuer {who.last}",
        year=year, readers=("kaemmerei", "ordnungsamt") if index % 2 else ("kaemmerei",),
    )  # fmt: skip
    start = desk.day(year, 1, 9)
    chip = f"276 09{c.randrange(10, 99)} {c.randrange(10**6, 10**7)}"
    yield Draft(
        case, f"Anmeldung Hund {who.last}", (Kind.PDF, Kind.SCAN, Kind.TXT, Kind.PDF, Kind.HTML)[index % 5],
        f"Anmeldung eines Hundes: {breed} „{name}“", "Antrag", start,
        (Para("Ich melde den folgenden Hund zur Hundesteuer an:"),
         Table((("Angabe", "Eintrag"), ("Rasse", breed), ("Rufname", name), ("Chipnummer", chip),
                ("Wurftag", short_date(start - timedelta(days=c.randrange(120, 2400)))),
                ("Im Haushalt gehalten seit", short_date(start)), ("Zahl der Hunde im Haushalt", str(place)))),
         Para(c.choice(("Der Hund kommt aus dem Tierheim.", "Ich habe den Hund von einer Züchterin gekauft.",
                        "Der Hund wurde von meiner verstorbenen Mutter übernommen.")) + f" {who.name}, {who.street}")),
        addressee=(town.board, "Kämmerei, Steuerstelle", desk.place()), sender=who.name,
    )  # fmt: skip
    ruled = desk.after(start, 8, 25)
    yield Draft(
        case, f"Hundesteuerbescheid {year} {who.last}", Kind.PDFA if index == 3 else Kind.PDF,
        f"Hundesteuerbescheid für den {word} Hund ({breed})", "Bescheid", ruled,
        (Para(f"Guten Tag {who.name},"),
         Para(f"für das Halten des Hundes „{name}“ ({breed}, Chip {chip}) wird nach der Hundesteuersatzung der {town.full_name} "
              f"eine Jahressteuer von {euro(rate)} für den {word} Hund festgesetzt."),
         Table((("Zeitraum", "Steuersatz", "Betrag"),
                (f"ab {short_date(start)}", f"{euro(rate)} im Jahr", euro(round(rate * (13 - start.month) / 12, 2))),
                (f"ab 01.01.{year + 1}", f"{euro(rate)} im Jahr", euro(rate)))),
         Para(f"Die Steuer ist {town.dog_due} zu entrichten. Die Hundesteuermarke Nr. {c.randrange(200, 2900)} liegt bei; sie ist "
              "außerhalb der Wohnung sichtbar am Halsband zu tragen."),
         Para(REMEDY)), addressee=who.lines, retention_end=date(year + 10, 12, 31),
    )  # fmt: skip
    if relief:
        granted = index != 4
        yield Draft(
            case, f"Befreiung Hundesteuer {who.last}", Kind.DOCX if index == 1 else Kind.PDF,
            f"{'Befreiung von der' if granted else 'Ablehnung der Befreiung von der'} Hundesteuer: {breed}", "Bescheid",
            desk.after(ruled, 15, 60), relief_text(desk, who, breed, name, granted=granted), addressee=who.lines,
        )  # fmt: skip
    if index in {3, 6}:
        yield Draft(
            case, "Rückfrage Steuermarke", Kind.EML, f"Verlorene Hundesteuermarke ({name})", "E-Mail", desk.after(ruled, 40, 90),
            (Para("Guten Tag,"), Para(f"bei einem Waldspaziergang nahe {desk.district()} hat unser Hund {name} seine Marke verloren. "
             f"Was kostet eine Ersatzmarke, und wo bekomme ich sie?"), Para(f"Viele Grüße, {who.name}"),
             Para(f"Antwort der Steuerstelle: Die Ersatzmarke kostet {c.choice((3, 5, 6))},00 EUR und liegt im Bürgerbüro bereit.")),
            addressee=(case.clerk,), sender=who.name,
        )  # fmt: skip


def relief_text(desk: Desk, who: Person, breed: str, name: str, *, granted: bool) -> tuple[Block, ...]:
    """Say whether an owner is spared the tax."""
    town = desk.town
    if granted:
        why = desk.chance.choice((
            f"Der Hund {name} ist als Assistenzhund für Sie ausgebildet; der Ausweis mit dem Merkzeichen H lag vor.",
            f"{name} hat die Prüfung als Rettungshund bestanden und steht der Hilfsorganisation für Einsätze zur Verfügung.",
        ))  # fmt: skip
        return (
            Para(f"Guten Tag {who.name},"),
            Para(
                f"wir befreien Sie für den Hund der Rasse {breed} von der Hundesteuer. {why} Die Befreiung gilt zwei Jahre; "
                "danach ist ein neuer Nachweis vorzulegen."
            ),
            Para(f"Hinweis auf die Satzung: {town.dog_relief}"),
            Para(REMEDY),
        )
    return (
        Para(f"Guten Tag {who.name},"),
        Para(
            f"die beantragte Steuerbefreiung für den Hund „{name}“ ({breed}) müssen wir ablehnen. Ein Wachhund für das eigene "
            "Wohnhaus innerhalb der geschlossenen Ortslage erfüllt keinen der Tatbestände der Satzung."
        ),
        Para(f"Die Satzung sieht nur Folgendes vor: {town.dog_relief} Diese Voraussetzungen liegen nicht vor."),
        Para("Auf Antrag kann die Jahressteuer in Monatsraten gezahlt werden."),
        Para(REMEDY),
    )


def kennel_case(desk: Desk, index: int) -> Iterator[Draft]:
    """Give a case of several dogs in a kennel: noise, neighbours, conditions."""
    c, town = desk.chance, desk.town
    who, neighbour, year = desk.citizen(), desk.citizen(), 2021 + index % 4
    count, breed, plot = c.randrange(town.kennel_from, town.kennel_from + 6), BREEDS[index + 2], desk.plot()
    refused = index == 5
    case = desk.case(
        department="ordnungsamt", code="110.4", plan="Hundehaltung, Zwinger", case_type="Zwingergenehmigung",
        subject=f"Zwinger {who.last}", year=year, everyone=0.25,
        readers=("ordnungsamt",) if refused else (), deny=("schulamt",) if index == 2 else (),
    )  # fmt: skip
    asked = desk.day(year, 2, 9)
    yield Draft(
        case, "Antrag Zwinger", Kind.TIFF if index == 8 else Kind.PDF,
        f"Antrag auf Genehmigung eines Hundezwingers für {count} Hunde", "Antrag", asked,
        (Para(f"Hiermit beantrage ich, auf {plot} eine Zwingeranlage für {count} Hunde der Rasse {breed} zu errichten."),
         Para(f"Jeder Zwinger misst {c.randrange(10, 18)} m² und erhält eine wärmegedämmte Schutzhütte. Die Hunde laufen täglich "
              f"{c.randrange(2, 5)} Stunden frei."),
         Para(f"Das nächste Wohnhaus ist {c.randrange(28, 190)} m entfernt. {who.name}")), sender=who.name,
    )  # fmt: skip
    heard = desk.after(asked, 10, 25)
    yield Draft(
        case, f"Einwendung {neighbour.last}", Kind.EML, "Einwendung gegen die Hundehaltung: Bellen am frühen Morgen", "E-Mail", heard,
        (Para("Sehr geehrte Damen und Herren,"),
         Para(f"schon heute bellen die Hunde von {who.name} ab {c.choice(('5.30', '6', '4.45'))} Uhr, sonntags besonders lang. Wir "
              f"haben {c.randrange(9, 31)} Tage lang ein Lärmprotokoll geführt und legen es bei."),
         Para("Bitte lehnen Sie den Zwinger ab oder ordnen Sie wenigstens Ruhezeiten an."), Para(neighbour.name)),
        addressee=(case.clerk,), sender=neighbour.name,
        attachments=(Draft(case, "Lärmprotokoll", Kind.DOCX, "Lärmprotokoll Hundegebell", "Anlage", heard,
                           (Table((("Tag", "Uhrzeit", "Dauer"), *((short_date(heard - timedelta(days=d)),
                            f"{c.randrange(4, 7)}.{c.randrange(10, 59)} Uhr", f"{c.randrange(4, 38)} Minuten")
                            for d in range(9, 0, -1)))),)),),
    )  # fmt: skip
    decided = desk.after(heard, 12, 40)
    common = (
        f"Das Halten von {town.kennel_from} und mehr Hunden auf einem Grundstück steht in der {town.full_name} unter "
        "Genehmigungsvorbehalt (§ 11 TierSchG, § 71 HSOG)."
    )
    text: tuple[Block, ...] = (
        (
            Para(f"der Zwinger für {count} Hunde auf {plot} wird nicht genehmigt."),
            Para(f"{common} Im Wohngebiet ist Gebell in den Ruhezeiten nicht sozialadäquat; das vorgelegte Protokoll ist plausibel."),
            Para("Die Zahl der Hunde ist binnen acht Wochen auf zwei zu verringern. Für den Fall der Zuwiderhandlung wird ein "
                 f"Zwangsgeld von {euro(c.choice((250, 300, 500)))} angedroht."),
        )
        if refused
        else (
            Para(f"die Zwingergenehmigung für {count} Hunde ({breed}) auf {plot} wird erteilt."),
            Para(common),
            Para(f"Auflagen: Zwischen 22 und 7 Uhr sind die Hunde im Innenraum zu halten. Die Fläche je Hund beträgt mindestens "
                 f"{c.choice((8, 10, 12))} m² (§ 6 TierSchHuV). Eine Sichtschutzwand von 2 m Höhe ist zur Nachbarschaft zu errichten."),
            Para(f"Die Zwingersteuer beträgt {euro(town.kennel_fee)} je Hund und Jahr anstelle der Steuer für einzelne Hunde."),
        )
    )  # fmt: skip
    yield Draft(
        case, f"{'Ablehnung' if refused else 'Genehmigung'} Zwinger {who.last}", Kind.PDF, f"{'Ablehnung' if refused else 'Genehmigung'} Hundezwinger: {count} {breed}",
        "Bescheid", decided, (Para(f"Guten Tag {who.name},"), *text, Para(REMEDY)), addressee=who.lines,
    )  # fmt: skip


WORKS = (
    ("Kanalbau", "Erneuerung des Mischwasserkanals", "Tiefbau Schöllkrippner"),
    ("Kerwe", "Umzug und Festbetrieb zur Kerwe", "Kerweverein Grüne Laube"),
    ("Kran", "Aufstellen eines Autokrans für einen Fertighausbau", "Hausbau Nüßlein & Töchter"),
    ("Glasfaser", "Verlegung von Glasfaserkabeln im Gehweg", "Netzbau Überall"),
    ("Baumfällung", "Fällen von vier Gefahrenbäumen am Straßenrand", "Forstbetrieb Hölzchen"),
    ("Belag", "Erneuerung der Asphaltdecke", "Straßenbau Düsterwald"),
    ("Wasserrohrbruch", "Reparatur einer gebrochenen Wasserleitung", "Wasserwerk Mühlental"),
)


def roads(desk: Desk) -> Iterator[Draft]:
    """Give seven cases of three records: application, order, notice."""
    for index, (short, work, firm) in enumerate(WORKS):
        yield from road_case(desk, index, short, work, firm)


def road_case(desk: Desk, index: int, short: str, work: str, firm: str) -> Iterator[Draft]:
    """Close a road: who asks, what is ordered, what the people are told."""
    c, town = desk.chance, desk.town
    year = 2021 + index % 4
    street = desk.street().rsplit(" ", 1)[0]
    other = desk.street().rsplit(" ", 1)[0]
    first, last = c.randrange(2, 20), c.randrange(24, 60)
    case = desk.case(
        department="ordnungsamt", code="655.2", plan="Verkehrsrechtliche Anordnungen", case_type="Straßensperrung",
        subject=f"Sperrung {street}", year=year, everyone=0.6,
    )  # fmt: skip
    asked = desk.day(year, 2, 8)
    begin = desk.after(asked, 20, 45)
    end = desk.after(begin, 2, 38)
    full = index % 2 == 0
    kind_of = "Vollsperrung" if full else "halbseitige Sperrung"
    detour = f"über {other} und {desk.street().rsplit(' ', 1)[0]}"
    yield Draft(
        case, f"Antrag Straßensperrung {short}", (Kind.PDF, Kind.DOCX, Kind.SCAN, Kind.EML)[index % 4],
        f"Antrag auf verkehrsrechtliche Anordnung: {work}, {street}", "Antrag", asked,
        (Para(f"Wir beantragen nach § 45 Abs. 6 StVO eine {kind_of} der Straße „{street}“ zwischen Hausnummer {first} und {last} in "
              f"{desk.district()}."),
         Para(f"Anlass: {work}. Zeitraum: {german_date(begin)} bis {german_date(end)}."),
         Para(f"Der Verkehrszeichenplan nach RSA 21 liegt bei. Verantwortlich vor Ort: {desk.citizen().name}, {firm} (erfundene Firma).")),
        addressee=(town.board, "Straßenverkehrsbehörde", desk.place()), sender=firm,
    )  # fmt: skip
    ordered = desk.after(asked, 6, 14)
    late = index == 2
    body: tuple[Block, ...]
    if late:
        body = (
            Para(f"Der Antrag auf {kind_of} der Straße „{street}“ wird abgelehnt."),
            Para(f"Anträge müssen {town.closure_deadline} vor Beginn der Arbeiten vollständig vorliegen. Ihr Verkehrszeichenplan fehlte "
                 "zu diesem Zeitpunkt, und für denselben Zeitraum ist die Umleitungsstrecke bereits belegt."),
            Para("Ein neuer Antrag mit Ausführung an einem Samstag wäre genehmigungsfähig."),
            Para(REMEDY),
        )  # fmt: skip
    else:
        body = (
            Para(f"Auf Grund von § 45 Abs. 1 und 6 StVO wird für die Straße „{street}“, Hausnummer {first} bis {last}, vom "
                 f"{german_date(begin)} bis {german_date(end)} eine {kind_of} angeordnet. Anlass: {work}."),
            Heading("Umleitung"),
            Para(f"Der Verkehr wird {detour} umgeleitet. Für Linienbusse wird am {c.choice(('Marktbrunnen', 'Friedhof', 'Schulhof'))} eine "
                 "Ersatzhaltestelle eingerichtet."),
            Heading("Auflagen"),
            Para("1. Rettungsfahrzeuge müssen jederzeit bis auf 50 m an jedes Gebäude heranfahren können."),
            Para(f"2. Fußgängern bleibt ein Notgehweg von mindestens {c.choice(('1,00', '1,30', '1,50'))} m Breite."),
            Para(f"3. Haltverbote (Zeichen 283) sind vier Tage vor Beginn aufzustellen. Die Beschilderung übernimmt {town.closure_sign}."),
            Para("4. Die Anlieger sind spätestens drei Tage vorher schriftlich zu unterrichten; Mülltonnen bringt die Firma zur Ecke."),
            Heading("Kosten"),
            Para(f"Die Gebühr für die Anordnung beträgt {euro(town.closure_fee + 5 * c.randrange(0, 9))} (Gebührenordnung für "
                 "Maßnahmen im Straßenverkehr, Nr. 261)."),
            Para(REMEDY),
        )  # fmt: skip
    yield Draft(
        case, f"{'Ablehnung' if late else 'Anordnung'} {street}", Kind.PDFA if index == 5 else Kind.PDF,
        f"{'Ablehnung der' if late else 'Verkehrsrechtliche Anordnung:'} {kind_of} {street} ({short})",
        "Bescheid" if late else "Anordnung", ordered, body, addressee=(firm,),
    )  # fmt: skip
    if not late:
        yield Draft(
            case, f"Pressemitteilung Straßensperrung {street}", (Kind.HTML, Kind.HTML_1252, Kind.PDF, Kind.TXT_1252)[index % 4],
            f"{street} {'gesperrt' if full else 'nur halbseitig befahrbar'}: {work}", "Pressemitteilung", desk.after(ordered, 1, 5),
            (Para(f"Wegen folgender Arbeiten kommt es in {town.name} zu Behinderungen: {work}. Betroffen ist die Straße „{street}“ von "
                  f"{short_date(begin)} bis {short_date(end)}."),
             Para(f"Die Umleitung führt {detour} und ist ausgeschildert. Anlieger erreichen ihre Häuser bis zur Baustelle."),
             Para(c.choice(("Die Verwaltung bittet um Verständnis.", "Die Müllabfuhr fährt die Straße am Abfuhrtag bereits um 6 Uhr an.",
                            "Der Schulbus hält während der Arbeiten vor der Feuerwehr.")))),
            extra={"public": True},
        )  # fmt: skip
