"""Sample cases of day care, procurement, personnel, civil registry and cemetery. Text only."""
# prose and its figures: a letter is judged by reading it, and it reads best with its sentences unbroken
# ruff: noqa: E501, PLR2004

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from local.samples.model import Block, Draft, Heading, Kind, Para, Table, euro, german_date, short_date
from local.samples.towns import Desk

KITAS = (
    "Kita Wurzelzwerge",
    "Kita Schneckenhäuschen",
    "Kita Rappelkiste am Bach",
    "Waldkita Eichhörnchen",
    "Kita Sonnenhügel",
)


def day_care(desk: Desk) -> Iterator[Draft]:
    """Give five children and their places: application, answer; and the year's numbers as a workbook."""
    c, town = desk.chance, desk.town
    for index in range(5):
        who, child, kita, year = (
            desk.citizen(),
            c.choice(("Mila", "Jonte", "Elif", "Käthe", "Łucja", "Anton")),
            KITAS[index],
            2021 + index % 4,
        )
        case = desk.case(
            department="schulamt", code="460.1", plan="Kindertagesstätten, Platzvergabe", case_type="Kita-Platz",
            subject=f"Kita-Platz {who.last}", year=year, readers=("schulamt",) if index % 2 else ("schulamt", "hauptamt"),
            confidential=index == 3,
        )  # fmt: skip
        asked = desk.day(year, 1, 3)
        hours = c.choice((25, 35, 42, 45))
        yield Draft(
            case, f"Anmeldung Kita {child} {who.last}", (Kind.PDF, Kind.SCAN, Kind.ODT, Kind.PDF, Kind.EML)[index],
            f"Anmeldung für einen Platz: {kita}", "Antrag", asked,
            (Para(f"Wir bitten um einen Betreuungsplatz für unser Kind {child} {who.last} in der Einrichtung {kita} zum "
                  f"1. {c.choice(('August', 'September'))} {year}."),
             Para(f"Gewünschter Umfang: {hours} Stunden in der Woche. {c.choice(('Beide Eltern sind berufstätig.', 'Ich bin alleinerziehend.', 'Ein Geschwisterkind besucht die Gruppe der Frösche.'))}"),
             Para(f"{who.name}, {who.street}")), sender=who.name, extra={"privacy_class": "Sozial"},
        )  # fmt: skip
        free = index % 3 != 1
        answer: tuple[Block, ...] = (
            (Para(f"wir freuen uns, Ihnen für {child} einen Platz in der Einrichtung {kita} zusagen zu können ({hours} Stunden)."),
             Para(f"Der Kostenbeitrag für Kinder unter drei Jahren beträgt bei ganztägiger Betreuung {euro(town.kita_full)} im Monat, das "
                  f"Mittagessen kostet {town.kita_meal}. Die Eingewöhnung beginnt am {german_date(desk.after(date(year, 8, 1), 3, 30))}."),
             Para("Bitte bestätigen Sie den Platz innerhalb von zwei Wochen und bringen Sie den Impfnachweis gegen Masern mit."))
            if free
            else
            (Para(f"leider können wir {child} zum gewünschten Zeitpunkt keinen Platz in der Einrichtung {kita} anbieten. Ihr Kind steht "
                  f"auf der Warteliste an Stelle {c.randrange(2, 19)}."),
             Para("Vergeben wurde nach den Kriterien Alter, Berufstätigkeit der Eltern und Geschwisterkinder. Plätze in der "
                  f"Kindertagespflege sind derzeit in {desk.district()} frei (§ 24 SGB VIII)."),
             Para(f"Ummeldungen für das nächste Kindergartenjahr sind bis zum {town.kita_deadline} möglich."))
        )  # fmt: skip
        yield Draft(
            case, f"{'Zusage' if free else 'Absage'} Kita {who.last}", Kind.DOCX if index == 4 else Kind.PDF,
            f"{'Zusage' if free else 'Absage, Warteliste'}: Platz in der Einrichtung {kita}", "Bescheid", desk.after(asked, 20, 60),
            (Para(f"Guten Tag {who.name},"), *answer), addressee=who.lines, extra={"privacy_class": "Sozial"},
        )  # fmt: skip
    case = desk.case(
        department="schulamt", code="460.2", plan="Kindertagesstätten, Bedarfsplanung", case_type="Bedarfsplanung",
        subject="Bedarfsplanung Kita", year=2024, readers=("alle",),
    )  # fmt: skip
    rows = [("Einrichtung", "Plätze U3", "Plätze Ü3", "belegt", "Warteliste")]
    rows += [
        (k, str(c.randrange(12, 36)), str(c.randrange(50, 100)), str(c.randrange(60, 120)), str(c.randrange(2, 31)))
        for k in KITAS
    ]
    yield Draft(
        case, "Belegung der Kindertagesstätten", Kind.XLSX, f"Belegung der Kindertagesstätten in {town.name} 2024", "Übersicht",
        date(2024, 3, 4), (Para(f"Stichtag ist der 1. März. Anmeldeschluss für das neue Jahr war der {town.kita_deadline}."), Table(tuple(rows))),
    )  # fmt: skip
    yield Draft(
        case, "Präsentation Bedarfsplanung", Kind.PPTX, f"Bedarfsplanung Kindertagesbetreuung {town.name}", "Präsentation", date(2024, 4, 9),
        (Para(f"In {town.name} fehlen {c.randrange(18, 66)} Plätze für Kinder unter drei Jahren."),
         Heading("Ursachen"), Para(f"Neubaugebiet in {desk.district()}, mehr Zuzug junger Familien, längere Betreuungszeiten."),
         Heading("Vorschlag"), Para(f"Anbau an die {KITAS[0]} für {euro(c.randrange(11, 24) * 100000)} und eine zweite Waldgruppe."),
         Heading("Beiträge"), Para(f"Ganztags {euro(town.kita_full)}, halbtags {euro(town.kita_half)} im Monat; Essen {town.kita_meal}.")),
    )  # fmt: skip


GOODS = (
    ("Löschfahrzeug", "Lieferung eines Löschfahrzeugs LF 10 für die Feuerwehr", 320),
    ("Dachsanierung", "Dachdeckerarbeiten am Dorfgemeinschaftshaus", 145),
    ("Schulmöbel", "Lieferung von Tischen und Stühlen für die Grundschule", 48),
    ("Streusalz", "Rahmenvertrag über Auftausalz für den Winterdienst", 37),
    ("Spielplatz", "Erneuerung der Spielgeräte am Mehrgenerationenplatz", 92),
)
FIRMS = (
    "Bührle & Zänker",
    "Fahrzeugbau Ölmüller",
    "Gebrüder Süßkind",
    "Ausstatter Räppele",
    "Werkhof Grünbusch",
    "Žabka & Partner",
    "Handelshaus Kühnapfel",
)


def procurement(desk: Desk) -> Iterator[Draft]:
    """Give five awards: notice, opening of bids as a workbook, note on the award, bill."""
    c, town = desk.chance, desk.town
    for index, (short, what, value) in enumerate(GOODS):
        year = 2020 + index
        amount = round(value * 1000 * c.uniform(0.86, 1.2), 2)
        case = desk.case(
            department="kaemmerei" if index % 2 else "bauamt", code="601.5", plan="Vergaben", case_type="Vergabe",
            subject=f"Vergabe {short}", year=year, everyone=0.15,
            readers={0: ("alle",), 4: ("leitung",)}.get(index, ()),
        )  # fmt: skip
        opened = desk.day(year, 3, 9)
        firms = c.sample(FIRMS, 4)
        bids = sorted(
            (round(amount * factor, 2), firm) for factor, firm in zip((1, 1.06, 1.19, 1.31), firms, strict=True)
        )
        limit = (
            f"Die Wertgrenze für die freihändige Vergabe liegt in der {town.full_name} bei {euro(town.tender_limit)}."
        )
        procedure = "Öffentliche Ausschreibung" if amount > town.tender_limit else "Verhandlungsvergabe"
        yield Draft(
            case, f"Bekanntmachung {short}", (Kind.PDF, Kind.HTML, Kind.PDF, Kind.PDF, Kind.DOCX)[index], f"{procedure}: {what}",
            "Bekanntmachung", desk.after(opened, -40, -30),
            (Para(f"Die {town.full_name} vergibt im Verfahren „{procedure}“: {what}. {limit}"),
             Table((("Punkt", "Angabe"), ("Leistungsort", desk.district()), ("Ende der Angebotsfrist", f"{short_date(opened)}, 10.00 Uhr"),
                    ("Zuschlagskriterien", c.choice(("Preis 100 %", "Preis 70 %, Lieferzeit 30 %", "Preis 60 %, Qualität 40 %"))),
                    ("Bindefrist", f"{c.choice((30, 45, 60))} Kalendertage"))),
             Para("Nebenangebote sind nicht zugelassen. Es gelten die VOB/A und die UVgO sowie das HVTG.")), extra={"public": True},
        )  # fmt: skip
        yield Draft(
            case, f"Submission {short} Preisspiegel", Kind.XLSX, f"Preisspiegel zur Submission: {what}", "Niederschrift", opened,
            (Para("Zur Eröffnung waren alle Umschläge unversehrt. Rechnerische Prüfung ohne Beanstandung."),
             Table((("Rang", "Bieter", "Angebotssumme brutto", "Nachlass"),
                    *((str(rank), firm, euro(bid), f"{c.randrange(0, 4)} %") for rank, (bid, firm) in enumerate(bids, 1))))),
        )  # fmt: skip
        awarded = desk.after(opened, 10, 25)
        yield Draft(
            case, f"Vergabevermerk {short}", (Kind.DOCX, Kind.PDF, Kind.ODT, Kind.PDFA, Kind.PDF)[index], f"Vergabevermerk: {what}", "Vermerk", awarded,
            (Para(f"Zuschlag: {bids[0][1]} mit {euro(bids[0][0])}. Der Bieter auf Rang 2 liegt mit {euro(bids[1][0])} darüber."),
             Para(f"Eignung: Die Unbedenklichkeitsbescheinigung und drei Referenzen lagen vor. {limit}"),
             Para(c.choice(("Ein Bieter wurde ausgeschlossen, weil die Unterschrift fehlte.", "Aufklärungsbedarf zum Preis bestand nicht.",
                            "Die Preise wurden mit der Kostenberechnung verglichen und sind auskömmlich."))),
             Para(f"Deckung: Produkt {c.randrange(11, 16)}.{c.randrange(1, 9)}.{c.randrange(1, 9)}, Haushalt {year}. Mitzeichnung: Kämmerei.")),
        )  # fmt: skip
        part = round(bids[0][0] * c.choice((0.3, 0.4, 0.5)), 2)
        yield Draft(
            case, f"Rechnung {short} Abschlag 1", Kind.PDF, f"1. Abschlagsrechnung: {what}", "Rechnung", desk.after(awarded, 30, 70),
            (Para(f"Rechnungssteller: {bids[0][1]} (erfundene Firma). Rechnung Nr. {year}/{c.randrange(100, 999)}, Leitweg-ID 06437-{c.randrange(100, 999)}."),
             Table((("Leistung", "netto", "USt 19 %", "brutto"),
                    (what, euro(round(part / 1.19, 2)), euro(round(part - part / 1.19, 2)), euro(part)))),
             Para(f"Zahlbar ohne Abzug binnen 30 Tagen. Sachlich und rechnerisch richtig gezeichnet: {case.clerk}.")),
            addressee=(town.board, "Rechnungseingang", desk.place()), sender=bids[0][1], extra={"invoice_total": euro(part)},
            retention_end=date(year + 10, 12, 31),
        )  # fmt: skip


NOTES = (
    ("Elternzeit", "Antrag auf Elternzeit", "Die Elternzeit wird für zwölf Monate gewährt. Die Vertretung übernimmt eine befristete Kraft."),
    ("Stufenlaufzeit", "Vorweggewährung einer Entwicklungsstufe", "Zur Bindung an die Stelle wird die Stufe nach § 17 TVöD vorweg gewährt."),
    ("Abmahnung", "Abmahnung wegen wiederholter Verspätung", "Am dritten Montag in Folge begann der Dienst erst nach neun Uhr. Das Gespräch wurde protokolliert."),
    ("Eingliederung", "Betriebliches Eingliederungsmanagement", "Die Rückkehr erfolgt stufenweise mit zunächst vier Stunden am Tag."),
    ("Höhergruppierung", "Antrag auf Höhergruppierung", "Die Stelle wurde neu bewertet; die Tätigkeiten entsprechen der Entgeltgruppe 9b."),
    ("Nebentätigkeit", "Anzeige einer Nebentätigkeit", "Gegen die Imkerei am Wochenende bestehen keine dienstlichen Bedenken."),
)  # fmt: skip


def personnel(desk: Desk) -> Iterator[Draft]:
    """Give confidential notes that only the main office reads."""
    c = desk.chance
    for index, (short, what, text) in enumerate(NOTES):
        who, year = desk.citizen(), 2020 + index % 5
        case = desk.case(
            department="hauptamt", code="082.1", plan="Personalakten, Einzelvorgänge", case_type="Personalvorgang",
            subject=f"Personal {short}", year=year, readers=("hauptamt",), confidential=True,
            deny=("leitung",) if index == 2 else (),
        )  # fmt: skip
        day = desk.day(year)
        yield Draft(
            case, f"Personalvermerk {short}", (Kind.PDF, Kind.DOCX, Kind.ENCRYPTED, Kind.TXT, Kind.PDF, Kind.ODT)[index],
            f"Vertraulicher Personalvermerk: {what}", "Vermerk", day,
            (Para(f"Beschäftigt: {who.name}, Personalnummer {c.randrange(1000, 9999)}, seit {c.randrange(1998, year)} im "
                  f"{c.choice(('Bauhof', 'Bürgerbüro', 'Bauamt', 'Kassenwesen'))}."), Para(text),
             Para(f"Der Personalrat wurde am {short_date(desk.after(day, 2, 12))} beteiligt (§ 77 HPVG). Wiedervorlage {short_date(desk.after(day, 90, 200))}."),
             Para("Dieser Vermerk ist Teil der Personalakte und vertraulich zu behandeln.")),
            retention_end=date(year + 35, 12, 31), extra={"privacy_class": "Personal"},
        )  # fmt: skip


EVENTS = (
    ("Namensänderung", "Erklärung zur Namensführung in der Ehe", "Zum Ehenamen wird der Geburtsname der Frau bestimmt; der Mann stellt seinen bisherigen Namen voran."),
    ("Trauzimmer", "Widmung eines weiteren Trauzimmers", "Das alte Backhaus wird an Freitagen und Samstagen als Trauort gewidmet; die Raummiete beträgt 180,00 EUR."),
    ("Geburtsurkunde", "Berichtigung einer Geburtsurkunde", "Der Vorname wurde ohne Sonderzeichen eingetragen und wird nach § 47 PStG in der Schreibweise des Passes berichtigt."),
    ("Ehefähigkeit", "Anmeldung der Eheschließung mit Auslandsbezug", "Für die Verlobte wird ein Ehefähigkeitszeugnis benötigt; die Übersetzung fertigt ein vereidigter Dolmetscher."),
    ("Friedhof", "Verlängerung eines Grabnutzungsrechts", "Das Nutzungsrecht am Wahlgrab wird um zehn Jahre verlängert; das Grabmal ist standsicher."),
)  # fmt: skip


def registry(desk: Desk) -> Iterator[Draft]:
    """Give marriages, names and graves: a letter and often a mail."""
    c, town = desk.chance, desk.town
    for index, (short, what, text) in enumerate(EVENTS):
        who, other, year = desk.citizen(), desk.citizen(), 2020 + index
        public = short == "Trauzimmer"
        case = desk.case(
            department="standesamt", code="150.2" if short != "Friedhof" else "554.1",
            plan="Personenstandswesen" if short != "Friedhof" else "Friedhofswesen", case_type="Personenstand" if short != "Friedhof" else "Grabnutzung",
            subject=f"{short} {other.last}", year=year, readers=("alle",) if public else ("standesamt",), confidential=index == 2,
        )  # fmt: skip
        day = desk.day(year)
        fee = f"Für {town.grave_years} Jahre Ruhefrist gelten die Sätze der Gebührenordnung: Reihengrab {euro(town.grave_row)}, Urnengrab {euro(town.grave_urn)}."
        yield Draft(
            case, f"Verfügung {short}", (Kind.PDF, Kind.PDFA, Kind.TIFF, Kind.PDF, Kind.DOCX)[index], f"{what} ({other.last})", "Verfügung", day,
            (Para(f"Vorgesprochen haben {who.name} und {other.name}, wohnhaft {who.street}."), Para(text),
             Para(fee if short == "Friedhof" else f"Gebühr nach dem Verwaltungskostenverzeichnis: {euro(c.randrange(12, 90))}. Identität durch Ausweis nachgewiesen.")),
            addressee=other.lines,
        )  # fmt: skip
        yield Draft(
            case, f"Rückfrage {short}", Kind.EML, f"Rückfrage: {what}", "E-Mail", desk.after(day, 2, 14),
            (Para("Guten Tag,"), Para(c.choice((f"welche Unterlagen müssen wir noch vorlegen? Wir kommen am {short_date(desk.after(day, 15, 30))} vorbei.",
             "können wir die Gebühr auch mit der Karte bezahlen?", "ist eine beglaubigte Übersetzung zwingend, oder reicht eine einfache?"))),
             Para(f"Es geht um diesen Vorgang: {what}. Viele Grüße, {other.name}"),
             Para(f"Antwort: Bitte bringen Sie Ausweise und eine Meldebescheinigung mit, Zimmer {c.randrange(2, 31)}, vormittags.")),
            addressee=(case.clerk,), sender=other.name,
        )  # fmt: skip
