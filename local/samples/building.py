"""Sample cases of the building office: applications, statements, permits and refusals. Text only."""
# prose and its figures: a letter is judged by reading it, and it reads best with its sentences unbroken
# ruff: noqa: E501, ISC004, PLR0917, PLR2004, RUF028

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from local.samples.model import Block, Draft, Heading, Kind, PageBreak, Para, Table, euro, german_date, short_date
from local.samples.towns import Desk, Person


@dataclass(frozen=True)
class Project:
    """A kind of building project and what is argued about it."""

    slug: str
    what: str
    law: str
    details: tuple[str, ...]
    concerns: tuple[str, ...]
    refusal: str
    conditions: tuple[str, ...]


PROJECTS = (
    Project(
        "Carport", "Errichtung eines Carports mit Abstellraum", "§ 64 HBO in Verbindung mit § 6 Abs. 10 HBO",
        ("Der Carport wird als Holzständerbau mit extensiv begrüntem Flachdach ausgeführt; die Grundfläche beträgt {m2} m².",
         "Die Einfahrt liegt {n} m hinter der Straßenkante, sodass ein Fahrzeug vor dem Stellplatz warten kann.",
         "An der Grenze ist eine mittlere Wandhöhe von 2,85 m vorgesehen; die Grenzbebauung misst insgesamt {n} m."),
        ("Der Nachbar befürchtet, dass Regenwasser vom Dach auf sein Grundstück läuft.",
         "Gegen die Lage unmittelbar an der Grundstücksgrenze hat die Eigentümerin des Nachbargrundstücks Bedenken erhoben."),
        "Die Grenzbebauung überschreitet mit insgesamt 17,40 m die nach § 6 Abs. 10 HBO zulässige Länge von 15 m; eine "
        "Abweichung nach § 73 HBO scheidet aus, weil die Nachbarin nicht zugestimmt hat.",
        ("Niederschlagswasser des Carportdachs ist auf dem eigenen Grundstück zu versickern.",
         "Die dem Nachbargrundstück zugewandte Wand ist in nicht brennbaren Baustoffen auszuführen."),
    ),
    Project(
        "Wärmepumpe", "Aufstellung einer Luft-Wasser-Wärmepumpe im Vorgarten", "§ 63 HBO in Verbindung mit Anlage zu § 63 HBO",
        ("Das Außengerät hat laut Datenblatt einen Schallleistungspegel von {db} dB(A) und steht {n} m vom nächsten "
         "Wohnraumfenster der Nachbarn entfernt.",
         "Die Wärmepumpe ersetzt einen Ölkessel aus dem Jahr 1991; der Öltank wird stillgelegt und ausgebaut.",
         "Die Heizungsanlage erreicht nach der Berechnung des Fachplaners eine Jahresarbeitszahl von 3,{n}."),
        ("Die Anwohner gegenüber rechnen mit einem nächtlichen Brummton.",
         "Von der Nachbarschaft wurde gefragt, ob das Gerät nachts abgesenkt betrieben werden kann."),
        "Nach der vorgelegten Schallprognose wird am maßgeblichen Immissionsort nachts ein Wert von 43 dB(A) erreicht; im "
        "allgemeinen Wohngebiet sind nach der TA Lärm nur 40 dB(A) zulässig.",
        ("Zwischen 22 und 6 Uhr ist die Wärmepumpe im schallreduzierten Betrieb zu fahren.",
         "Das Außengerät ist auf einem schwingungsentkoppelten Sockel aufzustellen."),
    ),
    Project(
        "Dachgaube", "Einbau von zwei Dachgauben", "§ 65 HBO",
        ("Beide Gauben erhalten stehende Fenster und eine Verkleidung aus Schiefer; die Ansichtsbreite beträgt zusammen {n},20 m.",
         "Durch den Ausbau des Dachgeschosses entstehen {m2} m² zusätzliche Wohnfläche.",
         "Das Gebäude liegt im Geltungsbereich der Gestaltungssatzung für den Ortskern."),
        ("Die Denkmalbehörde hat gebeten, die Gauben um ein Sparrenfeld von der Giebelwand abzurücken.",
         "Der Ortsbeirat hält die Gauben für zu breit."),
        "Die geplanten Gauben nehmen zusammen mehr als die Hälfte der Trauflänge ein und widersprechen damit der "
        "Gestaltungssatzung; eine Abweichung würde den Charakter der Dachlandschaft beeinträchtigen.",
        ("Die Gauben sind mit Naturschiefer oder beschichtetem Zinkblech in Anthrazit zu verkleiden.",
         "Der zweite Rettungsweg aus dem Dachgeschoss ist vor der Nutzung nachzuweisen."),
    ),
    Project(
        "Nutzungsänderung", "Nutzungsänderung einer ehemaligen Metzgerei in ein Café mit {n}0 Sitzplätzen", "§ 65 HBO, § 34 BauGB",
        ("Der Gastraum umfasst {m2} m²; im früheren Kühlraum wird die Spülküche eingerichtet.",
         "Vor dem Haus sollen von April bis Oktober vier Tische auf öffentlicher Fläche stehen.",
         "Für Gäste wird eine barrierefreie Toilette im Erdgeschoss eingebaut."),
        ("Über dem Lokal wohnende Mieter befürchten Küchengerüche.",
         "Nach Ansicht der Nachbarn fehlen in der Straße schon heute Parkplätze."),
        "Die nach der Stellplatzsatzung notwendigen Stellplätze können weder auf dem Grundstück noch in zumutbarer "
        "Entfernung nachgewiesen werden, und ein Ablösevertrag kam nicht zustande.",
        ("Die Öffnungszeiten werden auf 7 bis 22 Uhr begrenzt.",
         "Die Abluft der Küche ist über Dach zu führen; der Nachweis des Schornsteinfegers ist vorzulegen."),
    ),
    Project(
        "Einfamilienhaus", "Neubau eines Einfamilienhauses mit Einliegerwohnung", "§ 64 HBO, § 30 Abs. 1 BauGB",
        ("Das Wohnhaus hat zwei Vollgeschosse, ein Satteldach mit 38 Grad Neigung und {m2} m² Wohnfläche.",
         "Wegen des hängigen Geländes wird das Untergeschoss talseitig freigelegt und als Einliegerwohnung genutzt.",
         "Auf dem Dach ist eine Photovoltaikanlage mit {n},5 kWp vorgesehen."),
        ("Der Eigentümer des Unterliegers fragt, wie der Hang während der Bauzeit gesichert wird.",
         "Die Firsthöhe überschreitet nach Auffassung der Nachbarn das Maß der Umgebung."),
        "Das Vorhaben überschreitet die im Bebauungsplan festgesetzte Firsthöhe um 1,10 m; die Grundzüge der Planung sind "
        "berührt, sodass eine Befreiung nach § 31 Abs. 2 BauGB ausscheidet.",
        ("Der Oberboden ist getrennt abzutragen und wieder einzubauen.",
         "Vor Baubeginn ist die Höhenlage durch einen öffentlich bestellten Vermessungsingenieur abzustecken."),
    ),
    Project(
        "Scheune", "Umbau einer Scheune zu zwei Wohnungen", "§ 65 HBO, § 35 Abs. 4 BauGB",
        ("Das Fachwerk der Scheune aus dem Jahr 18{m2} bleibt sichtbar; die Tore werden verglast.",
         "Es entstehen zwei Wohnungen mit zusammen {m2}0 m² Wohnfläche.",
         "Die Erschließung erfolgt über den bestehenden Hof."),
        ("Der benachbarte Landwirt weist auf Gerüche aus seinem Rinderstall hin.",
         "Die untere Naturschutzbehörde vermutet Fledermausquartiere im Gebälk."),
        "Die Scheune liegt im Außenbereich; die Hofstelle wurde vor mehr als sieben Jahren aufgegeben, ohne dass eine "
        "Ausnahme vorliegt, und öffentliche Belange nach § 35 Abs. 3 BauGB stehen dem Umbau entgegen.",
        ("Vor Beginn der Arbeiten ist das Gebälk durch eine fachkundige Person auf Fledermäuse zu untersuchen.",
         "Das Tragwerk des Dachstuhls ist durch einen Prüfsachverständigen für Standsicherheit abnehmen zu lassen."),
    ),
    Project(
        "Bauvoranfrage", "Bauvoranfrage zur Bebaubarkeit des rückwärtigen Grundstücks", "§ 76 HBO, § 34 BauGB",
        ("Gefragt wird, ob in zweiter Reihe ein eingeschossiges Wohnhaus mit {m2} m² Grundfläche zulässig ist.",
         "Die Zufahrt soll über einen {n} m breiten Streifen am Ostrand des Grundstücks geführt werden.",
         "Bisher stehen auf den rückwärtigen Flächen der Straße nur Nebenanlagen und Obstbäume."),
        ("Die Nachbarschaft möchte die zusammenhängenden Gartenflächen erhalten.",
         "Ungeklärt ist, ob die Feuerwehr das Hinterlieger-Grundstück erreichen kann."),
        "Eine Bebauung in zweiter Reihe fügt sich nach der überbaubaren Fläche nicht in die Eigenart der näheren Umgebung "
        "ein, weil es dort kein Vorbild gibt (§ 34 Abs. 1 BauGB).",
        ("Die Zufahrt ist mit einer Baulast zu sichern.",
         "Die Leitungen sind im Zufahrtsstreifen in frostfreier Tiefe zu verlegen."),
    ),
    Project(
        "Photovoltaik", "Errichtung einer Freiflächen-Photovoltaikanlage mit Batteriespeicher", "§ 66 HBO, § 35 BauGB",
        ("Die Modultische bedecken rund {m2}00 m² einer bisher als Grünland genutzten Fläche.",
         "Der Abstand der Modulunterkante zum Boden beträgt 80 cm, damit Schafe die Fläche beweiden können.",
         "Die Einspeisung erfolgt über eine {n}00 m lange Kabeltrasse entlang des Wirtschaftswegs."),
        ("Der Obst- und Gartenbauverein befürchtet, dass der Rundweg seinen Reiz verliert.",
         "Aus der Nachbarschaft kamen Fragen zur Blendwirkung am Nachmittag."),
        "Die Fläche liegt im Vorranggebiet Landwirtschaft des Regionalplans; ein Zielabweichungsverfahren wurde nicht beantragt.",
        ("Der Zaun muss unten 15 cm Abstand zum Boden halten, damit Kleintiere hindurchkommen.",
         "Nach Ende der Nutzung ist die Anlage innerhalb von zwölf Monaten zurückzubauen."),
    ),
)  # fmt: skip

CONDITIONS = (
    "Der Beginn der Bauarbeiten ist mindestens eine Woche vorher schriftlich anzuzeigen (§ 75 Abs. 3 HBO).",
    "Die Baustelle ist mit dem Bauschild zu kennzeichnen; das Schild muss von der Straße aus lesbar sein.",
    "Gehwege und Randsteine, die beschädigt werden, sind auf Kosten der Bauherrschaft wiederherzustellen.",
    "Die abschließende Fertigstellung ist zwei Wochen vorher mitzuteilen (§ 84 Abs. 1 HBO).",
    "Abweichungen von den genehmigten Bauvorlagen bedürfen eines Nachtrags, bevor sie ausgeführt werden.",
    "Baumaschinen dürfen werktags nur zwischen 7 und 20 Uhr betrieben werden.",
    "Der Standsicherheitsnachweis muss bei Baubeginn auf der Baustelle vorliegen.",
    "Die nicht überbauten Flächen sind zu begrünen; Schotterflächen sind unzulässig (§ 8 HBO).",
    "Für die Bauzeit ist eine Bauleitung zu bestellen, deren Name der Bauaufsicht mitzuteilen ist.",
    "Werden Bodendenkmäler entdeckt, sind die Arbeiten einzustellen und die Denkmalbehörde zu unterrichten (§ 21 HDSchG).",
    "Die Kanalanschlüsse sind vor dem Verfüllen durch die Stadtentwässerung abnehmen zu lassen.",
    "Auf dem Grundstück vorhandene Bäume sind während der Bauzeit nach DIN 18920 zu schützen.",
)
OFFICES = ("Untere Naturschutzbehörde", "Stadtentwässerung", "Brandschutzdienststelle", "Untere Denkmalschutzbehörde",
           "Straßenverkehrsbehörde", "Ortsbeirat")  # fmt: skip
REMEDY = (
    "Gegen diesen Bescheid kann innerhalb eines Monats nach Bekanntgabe Widerspruch erhoben werden. Der Widerspruch ist "
    "schriftlich, in elektronischer Form oder zur Niederschrift bei der oben genannten Behörde einzulegen. Rechtsbehelfe "
    "Dritter gegen die bauaufsichtliche Zulassung haben keine aufschiebende Wirkung (§ 212a Abs. 1 BauGB)."
)


def building(desk: Desk) -> Iterator[Draft]:
    """Give eleven cases of four records: application, statement, decision, then bill, mail or site visit."""
    for index in range(11):
        yield from building_case(desk, PROJECTS[index % len(PROJECTS)], index)


def filled(desk: Desk, text: str) -> str:
    """Return a sentence with measures of its own."""
    c = desk.chance
    return text.format(m2=c.randrange(24, 96), n=c.randrange(3, 9), db=c.randrange(48, 62))


def building_case(desk: Desk, project: Project, index: int) -> Iterator[Draft]:
    """Give one building project from application to bill."""
    c, town = desk.chance, desk.town
    year = 2019 + index % 6
    who, neighbour, plot = desk.citizen(), desk.citizen(), desk.plot()
    what = filled(desk, project.what)
    refused = index % 4 == 2
    case = desk.case(
        department="bauamt", code="632.1", plan="Baugenehmigungen", case_type="Baugenehmigungsverfahren",
        subject=project.slug, year=year, readers=("bauamt",) if index == 1 else (),
    )  # fmt: skip
    asked, heard = desk.day(year, 1, 7), date.min
    heard = desk.after(asked, 18, 40)
    decided = desk.after(heard, 12, 45)
    facts = [filled(desk, sentence) for sentence in project.details]
    c.shuffle(facts)
    concern = c.choice(project.concerns)
    amount = c.randrange(90, 980) + c.choice((0, 0.5))
    cost = c.randrange(9, 420) * 1000
    keep = date(year + 30, 12, 31)
    yield Draft(
        case, f"01 Bauantrag {project.slug}", (Kind.PDF, Kind.SCAN, Kind.PDF, Kind.DOCX)[index % 4],
        f"Antrag: {what}", "Antrag", asked,
        application(desk, who, plot, what, facts, cost),
        addressee=(town.board, "Bauamt", desk.place()), sender=who.name, retention_end=keep,
    )  # fmt: skip
    office = OFFICES[index % len(OFFICES)]
    yield Draft(
        case, f"02 Stellungnahme {office}", (Kind.PDF, Kind.ODT, Kind.TXT, Kind.DOCX, Kind.PDF)[index % 5],
        f"Stellungnahme der Fachstelle {office} zum Vorhaben {what}", "Stellungnahme", heard,
        statement(desk, office, plot, what, concern, refused=refused), sender=office, retention_end=keep,
    )  # fmt: skip
    word = "Ablehnung" if refused else ("Bauvorbescheid" if project.slug == "Bauvoranfrage" else "Baugenehmigung")
    yield Draft(
        case, f"03 {word} {project.slug} {who.last}", Kind.PDFA if index % 3 == 0 else Kind.PDF, f"{word}: {what}", "Bescheid", decided,
        decision(desk, who, neighbour, plot, project, what, asked, facts, concern, amount, refused=refused),
        addressee=who.lines, retention_end=keep,
    )  # fmt: skip
    if index % 3 == 2:
        yield Draft(
            case, f"04 Ortsbesichtigung {short_date(desk.after(heard, 1, 6))}", Kind.TIFF if index == 2 else Kind.DOCX,
            f"Vermerk über die Ortsbesichtigung: {what}", "Vermerk", desk.after(heard, 1, 6),
            site_visit(desk, who, neighbour, plot, concern),
        )  # fmt: skip
    else:
        yield Draft(
            case, f"04 Gebührenrechnung {project.slug}", Kind.PDF, f"Gebührenrechnung zum Bescheid: {what}", "Rechnung",
            desk.after(decided, 2, 8), bill(desk, who, what, amount, decided), addressee=who.lines,
            retention_end=date(year + 10, 12, 31), extra={"invoice_total": euro(amount + 3.45)},
        )  # fmt: skip


def application(desk: Desk, who: Person, plot: str, what: str, facts: list[str], cost: int) -> tuple[Block, ...]:
    """Say what the owner asks for."""
    c = desk.chance
    opening = c.choice((
        f"hiermit beantrage ich für mein Grundstück {plot}, {who.street}, die Genehmigung für folgendes Vorhaben: {what}.",
        f"auf dem Grundstück {who.street} ({plot}) plane ich das Vorhaben „{what}“ und bitte um die erforderliche Genehmigung.",
        f"ich möchte auf meinem Anwesen in der Straße {who.street}, {plot}, bauen. Es geht um dieses Vorhaben: {what}.",
    ))  # fmt: skip
    neighbours = c.choice((
        "Mit den Nachbarn habe ich gesprochen; eine schriftliche Zustimmung liegt noch nicht vor.",
        "Die Nachbarn zur Linken haben auf dem Lageplan unterschrieben, die zur Rechten sind verreist.",
        "Alle Angrenzer haben die Pläne gesehen und keine Einwände genannt.",
    ))  # fmt: skip
    return (
        Para("Sehr geehrte Damen und Herren,"),
        Para(opening),
        Heading("Beschreibung des Vorhabens"),
        *(Para(fact) for fact in facts),
        Para(f"Die Herstellungskosten schätzt mein Entwurfsverfasser auf {euro(cost)}. {neighbours}"),
        Heading("Beigefügte Unterlagen"),
        Table(
            (
                ("Unterlage", "Anzahl", "Bemerkung"),
                (
                    "Liegenschaftsplan 1:500",
                    "3",
                    f"Stand {c.randrange(1, 12):02d}/{c.choice((2018, 2019, 2020, 2021))}",
                ),
                ("Bauzeichnungen 1:100", "3", "Grundrisse, Schnitt, Ansichten"),
                ("Baubeschreibung", "1", "mit Angaben zu den Baustoffen"),
                ("Stellplatznachweis", "1", c.choice(("wird nachgereicht", "liegt bei", "nicht erforderlich"))),
            )
        ),  # fmt: skip
        Para("Für Rückfragen bin ich nachmittags erreichbar. Mit freundlichen Grüßen"),
        Para(who.name),
    )


def statement(desk: Desk, office: str, plot: str, what: str, concern: str, *, refused: bool) -> tuple[Block, ...]:
    """Say what another office says to it."""
    c = desk.chance
    verdict = (
        c.choice((
            "Dem Vorhaben kann aus hiesiger Sicht in der vorgelegten Form nicht zugestimmt werden.",
            "Gegen das Vorhaben bestehen erhebliche Bedenken; wir empfehlen, den Antrag abzulehnen.",
        ))
        if refused
        else c.choice((
            "Gegen das Vorhaben bestehen keine Bedenken, wenn die folgenden Hinweise beachtet werden.",
            "Wir stimmen zu und bitten, unsere Hinweise als Nebenbestimmungen in den Bescheid aufzunehmen.",
        ))
    )  # fmt: skip
    hints = {
        "Untere Naturschutzbehörde": "Rodungen sind nur vom 1. Oktober bis zum 28. Februar zulässig (§ 39 Abs. 5 BNatSchG). "
        "Vorhandene Hecken bleiben als Lebensraum erhalten.",
        "Stadtentwässerung": "Der Mischwasserkanal DN 300 ist bei Starkregen ausgelastet; Regenwasser ist zurückzuhalten und "
        "mit höchstens 2 Litern je Sekunde einzuleiten.",
        "Brandschutzdienststelle": "Die Zufahrt muss auf 3,00 m Breite frei bleiben; für die Löschwasserversorgung stehen im "
        "Umkreis von 300 m zwei Hydranten mit 48 m³ je Stunde zur Verfügung.",
        "Untere Denkmalschutzbehörde": "Das Anwesen liegt in der Gesamtanlage nach § 2 HDSchG. Farbton und Deckung des Daches "
        "sind vor der Ausführung zu bemustern.",
        "Straßenverkehrsbehörde": "Die Sichtdreiecke an der Ausfahrt sind von Bewuchs über 80 cm Höhe freizuhalten; "
        "während der Bauzeit ist eine verkehrsrechtliche Anordnung zu beantragen.",
        "Ortsbeirat": "Der Ortsbeirat hat das Vorhaben in öffentlicher Sitzung beraten und legt Wert auf eine ortstypische "
        "Gestaltung mit heimischen Materialien.",
    }
    return (
        Para(f"Vorhaben: {what}. Baugrundstück: {plot}."),
        Para(verdict),
        Heading("Hinweise"),
        Para(hints[office]),
        Para(f"Im Beteiligungsverfahren wurde außerdem vorgetragen: {concern}"),
        Para(
            c.choice((
                "Eine erneute Beteiligung ist nur bei wesentlichen Planänderungen nötig.",
                "Wir bitten um eine Abschrift des Bescheids.",
                "Der Vorgang ist damit für unsere Stelle abgeschlossen.",
            ))
        ),
    )  # fmt: skip


def decision(
    desk: Desk,
    who: Person,
    neighbour: Person,
    plot: str,
    project: Project,
    what: str,
    asked: date,
    facts: list[str],
    concern: str,
    amount: float,
    *,
    refused: bool,
) -> tuple[Block, ...]:
    """Return the permit with its conditions, or the refusal with its reasons."""
    c, town = desk.chance, desk.town
    greeting = Para(f"Guten Tag {who.name},")
    if refused:
        return (
            greeting,
            Para(
                f"Ihr Antrag vom {german_date(asked)} für das Vorhaben „{what}“ auf dem Grundstück {plot} wird abgelehnt."
            ),
            Heading("Begründung"),
            *(Para(fact) for fact in facts[:2]),
            Para(f"Rechtsgrundlage der Entscheidung ist {project.law}. {project.refusal}"),
            Para(
                f"{concern} Der Einwand von {neighbour.name} wurde geprüft; er trägt die Entscheidung nicht allein, bestätigt "
                "aber das Ergebnis der Abwägung."
            ),
            Para(
                "Mit Schreiben vom "
                f"{german_date(desk.after(asked, 30, 50))} wurden Sie nach § 28 HVwVfG angehört. Ihre Antwort enthielt keine "
                "Gesichtspunkte, die eine andere Entscheidung erlauben. Eine umgeplante, kleinere Lösung kann jederzeit neu "
                "eingereicht werden; wir beraten Sie dazu gern vor Ort."
            ),
            Heading("Kosten"),
            Para(
                f"Für diese Entscheidung wird eine ermäßigte Gebühr von {euro(amount)} zuzüglich 3,45 EUR Auslagen erhoben."
            ),
            Heading("Rechtsbehelfsbelehrung"),
            Para(REMEDY),
        )
    chosen = [*project.conditions, *c.sample(CONDITIONS, c.randrange(6, 10))]
    c.shuffle(chosen)
    return (
        greeting,
        Para(
            c.choice((
                f"auf Ihren Antrag vom {german_date(asked)} erteilen wir Ihnen nach {project.law} die Genehmigung für das "
                f"Vorhaben „{what}“ auf dem Grundstück {plot}.",
                f"das Vorhaben „{what}“ ({plot}) ist nach {project.law} zulässig. Ihrem Antrag vom {german_date(asked)} wird "
                "unter den folgenden Nebenbestimmungen entsprochen.",
            ))
        ),
        Para(
            "Die geprüften und mit Genehmigungsvermerk versehenen Bauvorlagen sind Bestandteil dieses Bescheids. Die "
            "Genehmigung erlischt, wenn nicht innerhalb von drei Jahren mit der Ausführung begonnen wird (§ 74 Abs. 7 HBO)."
        ),
        Heading("Nebenbestimmungen"),
        *(Para(f"{number}. {text}") for number, text in enumerate(chosen, 1)),
        Heading("Begründung"),
        *(Para(fact) for fact in facts),
        Para(
            f"{concern} Die Bauaufsicht hat die Einwendung von {neighbour.name} geprüft. Nachbarschützende Vorschriften sind "
            "unter Beachtung der Nebenbestimmungen nicht verletzt; das Gebot der Rücksichtnahme ist gewahrt."
        ),
        Para(
            f"Nach der Stellplatzsatzung der {town.full_name} sind {town.parking} nachzuweisen. "
            + c.choice((
                "Der Nachweis ist im Lageplan geführt.",
                "Die Stellplätze sind vor der Nutzungsaufnahme herzustellen.",
                "Durch das Vorhaben entsteht kein zusätzlicher Bedarf.",
            ))
        ),
        Heading("Kostenentscheidung"),
        Para(f"Die Verwaltungsgebühr beträgt {euro(amount)}, hinzu kommen 3,45 EUR für die Zustellung."),
        Heading("Rechtsbehelfsbelehrung"),
        Para(REMEDY),
    )  # fmt: skip


def bill(desk: Desk, who: Person, what: str, amount: float, decided: date) -> tuple[Block, ...]:
    """Say what the permit costs."""
    due = desk.after(decided, 28, 36)
    number = f"{decided.year}-{desk.chance.randrange(10000, 99999)}"
    return (
        Para(f"Rechnungsnummer {number}. Kassenzeichen 632.{desk.chance.randrange(100000, 999999)}."),
        Para(f"Für den Bescheid vom {german_date(decided)} ({what}) werden folgende Kosten festgesetzt:"),
        Table(
            (
                ("Position", "Grundlage", "Betrag"),
                ("Verwaltungsgebühr", "Bauaufsichtsgebührensatzung, Nr. 1.1", euro(amount)),
                ("Auslagen für Zustellung", "§ 9 HVwKostG", euro(3.45)),
                ("Summe", "", euro(amount + 3.45)),
            )
        ),  # fmt: skip
        Para(
            f"Bitte überweisen Sie den Betrag bis zum {german_date(due)} unter Angabe des Kassenzeichens. Bei verspäteter "
            f"Zahlung entstehen Säumniszuschläge von einem Prozent je angefangenem Monat. Zahlungspflichtig: {who.name}."
        ),
    )


def site_visit(desk: Desk, who: Person, neighbour: Person, plot: str, concern: str) -> tuple[Block, ...]:
    """Say what was seen on the spot."""
    c = desk.chance
    return (
        Para(
            f"Teilgenommen haben {who.name} (Bauherrschaft), {neighbour.name} (Nachbarschaft) und die Unterzeichnende. "
            f"Besichtigt wurde das Grundstück {plot}."
        ),
        Para(
            f"Das Gelände fällt auf {c.randrange(12, 40)} m Länge um etwa {c.randrange(1, 5)},{c.randrange(1, 9)} m nach "
            f"{c.choice(('Süden', 'Westen', 'Osten'))}. Die Grenzsteine sind {c.choice(('sichtbar', 'teilweise überwachsen'))}."
        ),
        Para(f"Erörtert wurde: {concern} Die Bauherrschaft sagte zu, die Pläne an dieser Stelle zu überarbeiten."),
        PageBreak(),
        Heading("Ergebnis"),
        Para(
            c.choice((
                "Die überarbeiteten Ansichten werden binnen vier Wochen nachgereicht. Wiedervorlage danach.",
                "Eine Einigung vor Ort war nicht möglich; die Entscheidung ergeht nach Aktenlage.",
                "Beide Seiten wünschen eine schriftliche Auskunft zur Abstandsfläche.",
            ))
        ),
    )  # fmt: skip
