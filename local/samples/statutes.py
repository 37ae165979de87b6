"""Sample statutes: the same questions, each town with its own answers. Text only."""
# prose and its figures: a letter is judged by reading it, and it reads best with its sentences unbroken
# ruff: noqa: E501, ISC004

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from local.samples.model import Block, Draft, Heading, Kind, PageBreak, Para, Table, euro, german_date
from local.samples.towns import Desk, Town

Section = tuple[str, tuple[str, ...]]


def statutes(desk: Desk) -> Iterator[Draft]:
    """Give dog tax, trees, parking, graves, closed roads, day care."""
    town = desk.town
    works = (
        ("kaemmerei", "106.3", "Hundesteuer", "Hundesteuersatzung", "Satzung über die Erhebung der Hundesteuer", dog_tax(town), Kind.PDF),
        ("bauamt", "364.2", "Baumschutz, Fällgenehmigungen", "Baumschutzsatzung" if town.trunk else "Merkblatt Baumschutz",
         "Satzung zum Schutz des Baumbestandes" if town.trunk else "Merkblatt: Bäume auf privaten Grundstücken", tree_protection(town), Kind.PDF),
        ("bauamt", "632.1", "Baugenehmigungen", "Stellplatzsatzung", "Satzung über Stellplätze und Garagen", parking(town), Kind.PDFA),
        ("standesamt", "554.1", "Friedhofswesen", "Friedhofsgebührenordnung", "Gebührenordnung zur Friedhofssatzung", graves(town), Kind.PDF),
        ("ordnungsamt", "655.2", "Verkehrsrechtliche Anordnungen", "Richtlinie Straßensperrungen",
         "Richtlinie über Anträge auf Straßensperrungen und Sondernutzungen", closures(town), Kind.PDF),
        ("schulamt", "460.1", "Kindertagesstätten, Platzvergabe", "Kostenbeitragssatzung Kita",
         "Satzung über die Kostenbeiträge der Kindertagesstätten", day_care_fees(town), Kind.PDF),
    )  # fmt: skip
    for index, (department, code, plan, name, title, sections, kind) in enumerate(works):
        year = 2018 + (index + len(town.name)) % 6
        case = desk.case(
            department=department, code=code, plan=plan, case_type="Ortsrecht", subject=name, year=year, readers=("alle",)
        )  # fmt: skip
        day = date(year, 11 + index % 2, 4 + index)
        yield Draft(case, name, kind, f"{title} der {town.full_name}", "Satzung" if title.startswith("Satzung") else "Richtlinie",
                    day, statute(town, title, day, sections), extra={"public": True})  # fmt: skip


def statute(town: Town, title: str, day: date, sections: tuple[Section, ...]) -> tuple[Block, ...]:
    """Give numbered sections between the opening words and the signature."""
    blocks: list[Block] = [
        Para(
            f"Auf Grund der §§ 5 und 51 der Hessischen Gemeindeordnung (HGO) und der jeweils einschlägigen Fachgesetze hat die "
            f"{town.council} der {town.full_name} am {german_date(day)} beschlossen: {title}."
        )
    ]
    for number, (heading, paragraphs) in enumerate(sections, 1):
        # fees and figures begin a page of their own, as in a loose-leaf binder
        if number in {3, 6}:
            blocks.append(PageBreak())
        blocks.append(Heading(f"§ {number} {heading}"))
        blocks += [
            Para(f"({index}) {text}" if len(paragraphs) > 1 else text) for index, text in enumerate(paragraphs, 1)
        ]
        if heading == "Beitragssätze":
            blocks.append(
                Table(
                    (
                        ("Betreuung", "Beitrag im Monat"),
                        ("halbtags bis 25 Stunden", euro(town.kita_half)),
                        ("ganztags", euro(town.kita_full)),
                    )
                )
            )
    blocks += [
        Heading(f"§ {len(sections) + 1} Inkrafttreten"),
        Para(
            f"Diese Regelung tritt am 1. Januar {day.year + 1} in Kraft. Zugleich treten frühere Fassungen außer Kraft."
        ),
        Para(f"{town.name}, den {german_date(day)}. {town.board}. Ausgefertigt und öffentlich bekannt gemacht."),
    ]
    return tuple(blocks)


def dog_tax(town: Town) -> tuple[Section, ...]:
    """Say what a dog costs."""
    return (
        ("Steuergegenstand", (
            "Gegenstand der Steuer ist das Halten von Hunden durch natürliche Personen im Gebiet der Kommune.",
            "Das Alter eines Hundes ist nachzuweisen; ohne Nachweis gilt er als älter als drei Monate.")),
        ("Steuerpflicht und Haftung", (
            "Steuerpflichtig ist, wer einen Hund in seinen Haushalt aufgenommen hat. Halten mehrere Personen gemeinsam einen Hund, so "
            "sind sie Gesamtschuldner.",
            "Wer einen zugelaufenen Hund nicht innerhalb eines Monats abgibt, wird wie ein Halter behandelt.")),
        ("Steuersatz", (
            f"Die Steuer beträgt im Kalenderjahr für den ersten Hund {euro(town.dog_first)}.",
            f"Für den zweiten Hund kostet sie {euro(town.dog_second)}, für den dritten und jeden weiteren Hund {euro(town.dog_further)}.",
            f"Für einen gefährlichen Hund im Sinne der Hundeverordnung beträgt die Steuer {euro(town.dog_dangerous)}.",
            f"Wer {town.kennel_from} oder mehr Hunde zu Zuchtzwecken in einem genehmigten Zwinger hält, zahlt eine Zwingersteuer von "
            f"{euro(town.kennel_fee)} je Hund.")),
        ("Befreiung und Ermäßigung", (town.dog_relief,
            "Assistenzhunde, auf die ein behinderter Mensch angewiesen ist, sind steuerfrei.",
            "Anträge sind spätestens zwei Wochen vor Beginn des Zeitraums schriftlich zu stellen.")),
        ("Beginn und Ende der Steuerpflicht", (
            "Die Pflicht beginnt mit dem Ersten des Monats, in dem der Hund aufgenommen wurde, frühestens wenn er drei Monate alt ist.",
            "Sie endet mit Ablauf des Monats, in dem der Hund stirbt, abgegeben wird oder abhandenkommt.")),
        ("Festsetzung und Fälligkeit", (
            f"Die Hundesteuer ist {town.dog_due} fällig.",
            "Sie wird für ein Kalenderjahr oder den Rest des Jahres festgesetzt.")),
        ("Anzeigepflicht und Steuermarke", (
            "Wer einen Hund hält, meldet ihn binnen zwei Wochen an und erhält eine Steuermarke.",
            "Ein Verstoß kann als Ordnungswidrigkeit nach § 5a KAG mit einer Geldbuße geahndet werden.")),
    )  # fmt: skip


def tree_protection(town: Town) -> tuple[Section, ...]:
    """Say which trees may not be felled without asking."""
    if town.trunk is None:
        return (
            ("Keine Satzung", (
                f"Die {town.full_name} hat keine Baumschutzsatzung erlassen. Bäume auf privaten Grundstücken dürfen ohne Genehmigung der "
                "Gemeinde gefällt werden, gleich welchen Stammumfang sie haben.",)),
            ("Was trotzdem gilt", (
                "Vom 1. März bis zum 30. September ist das Fällen nach § 39 BNatSchG verboten, soweit es sich nicht um Bäume in "
                "Haus- und Kleingärten handelt; schonende Pflegeschnitte bleiben erlaubt.",
                "Höhlen, Horste und Quartiere von Fledermäusen sind ganzjährig geschützt.",
                "Festsetzungen in Bebauungsplänen und Naturdenkmale gehen vor.")),
            ("Beratung und Ersatz", (
                f"Wir empfehlen {town.replanting}. Die Gemeinde gibt dafür jeden Herbst einen Zuschuss von 40,00 EUR je Baum.",
                "Eine Begehung mit dem Bauhof ist kostenlos.")),
        )  # fmt: skip
    return (
        ("Zweck", ("Bäume verbessern das Ortsklima, gliedern das Ortsbild und geben Tieren Raum. Sie sollen erhalten werden.",)),
        ("Geschützte Bäume", (
            f"Geschützt sind Laubbäume mit einem Stammumfang von mindestens {town.trunk} cm, gemessen in {town.trunk_height} cm Höhe über dem "
            "Erdboden.",
            "Bei mehrstämmigen Bäumen zählt die Summe der Umfänge, wenn ein Stamm mindestens 40 cm misst.",
            "Nicht unter die Satzung fallen Obstbäume mit Ausnahme von Walnuss und Esskastanie sowie Nadelbäume.")),
        ("Verbotene Handlungen", (
            "Es ist verboten, geschützte Bäume zu entfernen, zu zerstören oder in ihrem Aufbau wesentlich zu verändern.",
            "Dazu gehört das Kappen der Krone, das Versiegeln des Wurzelbereichs und das Ablagern von Streusalz.")),
        ("Ausnahmen", (
            "Eine Genehmigung wird erteilt, wenn der Baum krank ist und nicht erhalten werden kann, wenn von ihm Gefahr ausgeht oder wenn ein "
            "zulässiges Bauvorhaben sonst nicht verwirklicht werden könnte.",
            "Laubfall, Pollen, Früchte und Schatten sind kein Grund für eine Ausnahme.")),
        ("Verfahren", (
            "Der Antrag ist mit Lageplan, Foto und Stammumfang beim Amt einzureichen.",
            "Bei unmittelbarer Gefahr darf sofort gehandelt werden; die Fällung ist binnen drei Tagen anzuzeigen.")),
        ("Ersatzpflanzung", (
            f"Für jeden entfernten Baum ist Ersatz zu leisten: {town.replanting}.",
            "Ist eine Pflanzung nicht möglich, wird eine Ausgleichszahlung fällig.")),
        ("Ordnungswidrigkeiten", (f"Verstöße können mit einer Geldbuße bis zu {euro(town.felling_fine)} geahndet werden.",)),
    )  # fmt: skip


def parking(town: Town) -> tuple[Section, ...]:
    """Say how many parking spaces a flat needs."""
    payoff = (
        f"Können Stellplätze nicht hergestellt werden, ist eine Ablösung gegen Zahlung von {euro(town.parking_payoff)} je Stellplatz möglich."
        if town.parking_payoff
        else "Eine Ablösung durch Geldzahlung ist ausgeschlossen."
    )
    return (
        ("Geltungsbereich", ("Diese Satzung gilt für das gesamte Gebiet, soweit Bebauungspläne nichts anderes festsetzen (§ 52 HBO).",)),
        ("Herstellungspflicht", ("Bauliche Anlagen dürfen nur errichtet werden, wenn Stellplätze in ausreichender Zahl hergestellt werden.",)),
        ("Zahl der Stellplätze", (
            f"Für Wohngebäude sind nachzuweisen: {town.parking}.",
            f"Abweichend davon gilt: {town.parking_small}.",
            "Gaststätten benötigen einen Stellplatz je 10 Sitzplätze, Büros einen je 40 m² Nutzfläche.",
            "Ergibt die Berechnung eine Bruchzahl, wird aufgerundet.")),
        ("Fahrräder", (f"Gefordert werden {town.bicycle}.",)),
        ("Beschaffenheit", (
            "Ein Stellplatz ist mindestens 5,00 m lang und 2,50 m breit; Flächen sind wasserdurchlässig zu befestigen.",
            "Je vier Stellplätze ist ein Laubbaum zu pflanzen.")),
        ("Ablösung", (payoff,)),
    )  # fmt: skip


def graves(town: Town) -> tuple[Section, ...]:
    """Say what a grave costs and how long it lasts."""
    return (
        ("Gebührenpflicht", ("Für die Benutzung der Friedhöfe und ihrer Einrichtungen werden Gebühren erhoben.",)),
        ("Ruhefrist", (f"Die Ruhefrist beträgt für Erdbestattungen {town.grave_years} Jahre, für Urnen 15 Jahre.",)),
        ("Grabstätten", (
            f"Ein Reihengrab kostet {euro(town.grave_row)}.",
            f"Ein Urnengrab kostet {euro(town.grave_urn)}; auf der Baumwiese kommen 120,00 EUR für das Namensschild hinzu.",
            f"Die Verlängerung eines Wahlgrabes wird je Jahr mit {euro(round(town.grave_row / town.grave_years, 2))} berechnet.")),
        ("Trauerhalle", (f"Für die Benutzung der Trauerhalle sind {euro(town.grave_urn / 4)} zu zahlen.",)),
        ("Grabmale", ("Die Genehmigung eines Grabmals kostet 45,00 EUR, die jährliche Prüfung der Standsicherheit ist darin enthalten.",)),
        ("Fälligkeit", ("Die Gebühren sind einen Monat nach Bekanntgabe des Bescheids fällig.",)),
    )  # fmt: skip


def closures(town: Town) -> tuple[Section, ...]:
    """Say by when a closed road has to be asked for."""
    return (
        ("Anwendungsbereich", ("Die Richtlinie gilt für Baustellen, Umzüge, Kräne, Container und Gerüste auf öffentlichen Straßen (§ 16 HStrG).",)),
        ("Zuständigkeit", ("Über Anträge nach § 45 StVO entscheidet das Ordnungsamt als Straßenverkehrsbehörde, bei Landesstraßen der Landkreis.",)),
        ("Antragsfrist", (
            f"Anträge auf Straßensperrung müssen {town.closure_deadline} vor Beginn vollständig vorliegen.",
            "Vollständig ist ein Antrag mit Verkehrszeichenplan, Lageplan, Zeitraum und verantwortlicher Person.",
            "Bei Rohrbrüchen und anderen Notfällen genügt die Anzeige am selben Tag.")),
        ("Gebühren", (
            f"Die Grundgebühr beträgt {euro(town.closure_fee)}; für jede weitere Woche kommen 5,00 EUR je angefangene 10 m² hinzu.",
            "Veranstaltungen gemeinnütziger Vereine sind gebührenfrei.")),
        ("Beschilderung", (f"Schilder und Absperrungen stellt {town.closure_sign}. Haltverbote stehen mindestens vier Tage vorher.",)),
        ("Winter", ("Vom 15. Dezember bis zum 15. Februar werden Aufbrüche in Fahrbahnen nur im Notfall zugelassen.",)),
    )  # fmt: skip


def day_care_fees(town: Town) -> tuple[Section, ...]:
    """Say what a place in day care costs."""
    return (
        ("Allgemeines", ("Für die Betreuung von Kindern erhebt die Kommune Kostenbeiträge (§ 90 SGB VIII, § 31 HKJGB).",)),
        ("Freistellung", ("Kinder ab dem vollendeten dritten Lebensjahr sind für bis zu sechs Stunden am Tag beitragsfrei.",)),
        ("Beitragssätze", (
            f"Für Kinder unter drei Jahren kostet die ganztägige Betreuung {euro(town.kita_full)} im Monat, die halbtägige {euro(town.kita_half)}.",
            "Für das zweite Kind einer Familie halbiert sich der Betrag, ab dem dritten Kind entfällt er.")),
        ("Verpflegung", (f"Das Mittagessen kostet {town.kita_meal}.",)),
        ("Anmeldung", (f"Anmeldungen für das folgende Kindergartenjahr sind bis zum {town.kita_deadline} abzugeben.",)),
        ("Abmeldung", ("Die Abmeldung ist mit einer Frist von sechs Wochen zum Monatsende möglich.",)),
    )  # fmt: skip
