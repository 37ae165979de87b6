"""Sample papers of the council: drafts, long minutes, slides, the packed meeting folder, damaged transfers. Text only."""
# prose and its figures: a letter is judged by reading it, and it reads best with its sentences unbroken
# ruff: noqa: E501, ISC004

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from local.samples.model import Block, Case, Draft, Heading, Kind, PageBreak, Para, Table, euro, german_date, short_date
from local.samples.towns import Desk

TOPICS = (
    ("Wärmeplanung", "Kommunale Wärmeplanung: Beauftragung eines Fachbüros",
     "Bis Mitte 2028 ist nach dem Wärmeplanungsgesetz ein Wärmeplan aufzustellen. Ein gemeinsamer Plan mit den Nachbarkommunen spart "
     "nach Schätzung der Verwaltung ein Drittel der Kosten.", "Wärmeplan"),
    ("Spielplatz", "Neubau des Spielplatzes am Mehrgenerationenplatz",
     "Die alten Geräte wurden vom Prüfdienst gesperrt. Kinder und Eltern haben in zwei Werkstätten Wünsche gesammelt: Wasserlauf, "
     "Kletternetz, Schatten.", "Spielplatz"),
    ("Radweg", "Lückenschluss des Radwegs entlang der Landesstraße",
     "Zwischen den Ortsteilen fehlt ein sicherer Weg für Schulkinder. Das Land fördert den Bau mit bis zu 70 Prozent, wenn der Antrag "
     "bis zum 30. September vorliegt.", "Radverkehr"),
    ("Freibad", "Sanierung des Freibads: Grundsatzbeschluss",
     "Das Becken verliert täglich Wasser, die Filteranlage stammt aus dem Jahr 1978. Ein Edelstahlbecken ist teurer, hält aber nach "
     "Auskunft des Planers doppelt so lange.", "Freibad"),
    ("Straßenbeiträge", "Abschaffung der Straßenausbaubeiträge",
     "Mehrere Anlieger haben Widerspruch gegen Vorausleistungen erhoben. Der Wegfall müsste durch eine höhere Grundsteuer B "
     "ausgeglichen werden (§ 11 KAG, § 93 HGO).", "Beiträge"),
    ("Bauhof", "Gemeinsamer Bauhof mit den Nachbarkommunen",
     "Die Kehrmaschine steht an vier von fünf Tagen still. Eine interkommunale Zusammenarbeit nach dem KGG würde Maschinen besser "
     "auslasten und Bereitschaftsdienste verteilen.", "IKZ Bauhof"),
    ("Hundewiese", "Einrichtung einer eingezäunten Hundewiese",
     "Eine Unterschriftenliste mit 214 Namen fordert eine Freilauffläche. Die Fläche am Wertstoffhof gehört der Kommune und ist "
     "leicht zu erreichen.", "Freilauffläche"),
)  # fmt: skip

ITEMS = (
    ("Bericht zur Haushaltslage", "Die Erträge aus der Gewerbesteuer liegen {p} Prozent unter dem Ansatz; eine Haushaltssperre ist noch nicht nötig."),
    ("Bebauungsplan „{field}“, Aufstellungsbeschluss", "Auf {ha} Hektar sollen {n} Bauplätze entstehen; die Hälfte wird nach einem Punktemodell an Familien vergeben."),
    ("Beschaffung eines Mannschaftstransportwagens", "Das bisherige Fahrzeug hat {n}8.000 km gefahren; das Land bezuschusst den Kauf mit {p} Prozent."),
    ("Anfrage zur Straßenbeleuchtung in {district}", "Die Umstellung auf LED ist zu {p} Prozent erledigt; zwischen Mitternacht und 4 Uhr wird gedimmt."),
    ("Forstwirtschaftsplan", "Im Wald werden {n}.200 Festmeter eingeschlagen, vor allem Käferholz; gepflanzt werden Traubeneichen und Elsbeeren."),
    ("Vereinsförderung", "Der Zuschuss je jugendlichem Mitglied steigt auf {n},00 EUR; Anträge sind bis zum 31. März zu stellen."),
    ("Sanierung der Aussegnungshalle", "Das Dach ist undicht. Der Ausschuss empfiehlt eine Deckung mit Biberschwanzziegeln für {n}4.000 EUR."),
    ("Tempo 30 in der Ortsdurchfahrt {district}", "Die Straßenverkehrsbehörde hält die Anordnung wegen des Schulwegs nach § 45 Abs. 9 StVO für begründet."),
    ("Wahl eines Schiedsmanns", "Vorgeschlagen ist {person}; die Amtszeit beträgt fünf Jahre."),
    ("Starkregenkarte", "Für {district} zeigt die Karte Fließwege durch {n} Grundstücke; Eigentümer erhalten eine Beratung."),
    ("Umgang mit Schottergärten", "Die Verwaltung verschickt Hinweise auf § 8 HBO und prüft {n} gemeldete Fälle."),
    ("Jahresabschluss", "Das Rechnungsprüfungsamt hat {n} Feststellungen getroffen; der Fehlbetrag von {n}12.000 EUR wird aus der Rücklage gedeckt."),
    ("Öffnungszeiten des Bürgerbüros", "Donnerstags bleibt das Bürgerbüro bis 18.{n}0 Uhr offen, dafür schließt es am Mittwochnachmittag."),
    ("Ladepunkte für Elektrofahrzeuge", "An {n} Standorten sollen Säulen mit je 22 kW entstehen; der Betreiber trägt die Kosten."),
    ("Wasserversorgung: neuer Hochbehälter", "Der Behälter fasst {n}00 m³; der Wasserpreis steigt dadurch um {p} Cent je Kubikmeter."),
    ("Seniorenbeirat", "Der Beirat wünscht Bänke mit Armlehnen an {n} Stellen zwischen Markt und Friedhof."),
    ("Dorferneuerung {district}", "Gefördert werden private Vorhaben mit bis zu 35 Prozent, höchstens {n}5.000 EUR je Anwesen."),
    ("Glasfaserausbau", "In {district} sind {p}0 Prozent der Haushalte angeschlossen, die Tiefbauarbeiten ruhen über den Winter."),
    ("Kerwe: Sicherheitskonzept", "Für den Festplatz gilt ein Glasverbot; die Musik endet um {n} Minuten nach ein Uhr."),
    ("Mobilitätsstation am Bahnhof", "Vorgesehen sind {n}0 überdachte Fahrradplätze und zwei Leihfahrzeuge."),
)  # fmt: skip
SPEECH = (
    "{a} fragt, ob die Folgekosten im Haushaltsplan der nächsten Jahre enthalten sind. Die Verwaltung bejaht dies und nennt {n}.500 EUR im Jahr.",
    "{a} lobt die Vorlage und regt an, die Ortsbeiräte früher zu beteiligen. {b} entgegnet, der Ortsbeirat {district} habe bereits zweimal beraten.",
    "Auf Nachfrage von {a} erläutert {b}, dass ein Förderbescheid über {p}0 Prozent in Aussicht steht; eine schriftliche Zusage fehlt noch.",
    "{a} hält den Zeitplan für zu knapp, weil Handwerksbetriebe auf Monate ausgelastet seien. {b} verweist auf die Bindefrist.",
    "{a} beantragt, den Punkt in den Ausschuss zu verweisen. Der Antrag wird mit {n} zu {m} Stimmen abgelehnt.",
    "{b} bittet um eine Aufstellung der bisherigen Ausgaben bis zur nächsten Sitzung. Sie wird der Niederschrift beigefügt.",
    "{a} gibt zu bedenken, dass Anwohner in {district} seit {n} Jahren auf eine Lösung warten. Beifall von der Zuschauerbank wird gerügt.",
    "{a} erinnert an den Beschluss aus dem Vorjahr und möchte wissen, was daraus geworden ist. {b} sagt eine schriftliche Antwort zu.",
)  # fmt: skip


def council(desk: Desk) -> Iterator[Draft]:
    """Give seven drafts with their slides, short and long minutes, a packed folder, two broken transfers."""
    c, town = desk.chance, desk.town
    for index, (short, title, reason, _word) in enumerate(TOPICS):
        year = 2021 + index % 4
        number = c.randrange(20, 230)
        reference = f"{year}/{number:04d}"
        case = council_case(desk, f"Drucksache {reference.replace('/', '-')} {short}", year)
        day = desk.day(year)
        cost = c.randrange(12, 180) * 2500
        variants = (cost, int(cost * c.uniform(1.2, 1.7) / 1000) * 1000)
        ayes = c.randrange(14, 29)
        outcome = c.choice(("einstimmig beschlossen", f"mit {ayes} Ja-Stimmen bei {c.randrange(1, 9)} Gegenstimmen beschlossen",
                            "in den Ausschuss zurückverwiesen", f"bei {c.randrange(2, 6)} Enthaltungen angenommen"))  # fmt: skip
        blocks: tuple[Block, ...] = (
            Para(f"Drucksache {reference} · öffentlich · Beratungsfolge: Magistrat oder Vorstand, Haupt- und Finanzausschuss, {town.council}"),
            Heading("Beschlussvorschlag"),
            Para(f"Die {town.council} beschließt das Vorhaben „{title}“ nach Variante {c.choice('AB')} und stellt dafür "
                 f"{euro(cost)} im Haushalt {year + 1} bereit."),
            Heading("Sachverhalt"), Para(reason),
            Para(c.choice((f"Betroffen ist vor allem {desk.district()}.", f"Der Ortsbeirat {desk.district()} hat zugestimmt.",
                           f"Ein Bürgerentscheid nach § 8b HGO ist nicht beantragt; in {desk.district()} fand eine Bürgerversammlung statt."))),
            Heading("Finanzielle Auswirkungen"),
            Table((("Variante", "Kosten", "Folgekosten im Jahr", "Förderung"),
                   ("A", euro(variants[0]), euro(c.randrange(2, 30) * 500), f"{c.choice((0, 30, 50, 70))} %"),
                   ("B", euro(variants[1]), euro(c.randrange(2, 30) * 500), f"{c.choice((0, 30, 50))} %"))),
            Heading("Auswirkungen auf das Klima"),
            Para(c.choice(("Das Vorhaben spart rechnerisch 38 Tonnen Kohlendioxid im Jahr.", "Durch zusätzliche Versiegelung entsteht ein Ausgleichsbedarf.",
                           "Keine nennenswerten Auswirkungen."))),
            Heading("Alternativen"), Para("Verzicht auf das Vorhaben; dann entfallen Fördermittel, und der Zustand verschlechtert sich weiter."),
        )  # fmt: skip
        draft = Draft(
            case, f"Beschlussvorlage {short}", (Kind.PDF, Kind.DOCX, Kind.PDFA)[index % 3], f"{title} (Drucksache {reference})",
            "Beschlussvorlage", day, blocks, extra={"public": True, "council_reference": reference},
        )  # fmt: skip
        yield draft
        if index in {0, 3, 5}:
            yield Draft(case, f"Präsentation {short}", Kind.PPTX, f"Vorstellung im Ausschuss: {title}", "Präsentation", desk.after(day, 5, 12),
                        blocks[3:], extra={"public": True})  # fmt: skip
        if index in {1, 4}:
            members = (
                Draft(case, "Vorlage", Kind.PDF, draft.title, "Anlage", day, blocks),
                Draft(case, "Kostenschätzung", Kind.XLSX, f"Kostenschätzung: {title}", "Anlage", day, (Para("Stand der Vorplanung."), blocks[7])),
                Draft(case, "Stellungnahme der Kämmerei", Kind.DOCX, f"Stellungnahme der Kämmerei: {title}", "Anlage", day,
                      (Para(f"Die Mittel von {euro(cost)} sind im Entwurf für {year + 1} veranschlagt; die Liquidität reicht aus."),)),
                Draft(case, "Auszug Ortsbeirat", Kind.TXT, f"Auszug aus dem Protokoll des Ortsbeirats: {title}", "Anlage", day,
                      (Para(f"Der Ortsbeirat {desk.district()} begrüßt das Vorhaben und bittet um Bänke und Bäume."),)),
            )  # fmt: skip
            yield Draft(
                case,
                f"Sitzungsmappe {short}",
                Kind.ZIP,
                f"Sitzungsmappe: {title}",
                "Sitzungsunterlagen",
                day,
                (),
                attachments=members,
            )
        yield Draft(case, f"Beschlussauszug {short}", (Kind.PDF, Kind.TXT, Kind.HTML)[index % 3], f"Beschlussauszug: {title}", "Beschluss",
                    desk.after(day, 20, 40), (Para(f"Die {town.council} hat die Drucksache {reference} {outcome}."),
                    Para(f"Finanzierung: {euro(variants[0])}. Die Verwaltung berichtet bis zum {german_date(desk.after(day, 150, 240))} über den Stand.")),
                    extra={"public": True, "council_reference": reference})  # fmt: skip
    for index in range(4):
        yield minutes(desk, 2021 + index, index)
    old = council_case(desk, "Altbestand Übernahme", 2019)
    for index, (committee, items) in enumerate((("Bauausschuss", 5), ("Sozialausschuss", 8), ("Ortsbeirat", 3))):
        yield minutes(desk, 2022 + index, index + 4, items=items, committee=committee)
    past = minutes(desk, 2009, 8)
    yield Draft(old, "Niederschrift 2009 Archiv", Kind.TIFF, past.title, "Niederschrift", past.day, past.blocks)
    for kind, name in ((Kind.DAMAGED, "Niederschrift Übertragung abgebrochen"), (Kind.EMPTY, "Anlage ohne Inhalt")):
        yield Draft(
            old,
            name,
            kind,
            f"{name} ({town.name})",
            "Niederschrift",
            date(2019, 5, 6),
            minutes(desk, 2019, 9).blocks[:30],
        )


def council_case(desk: Desk, subject: str, year: int) -> Case:
    """Return a public case of the council's office."""
    return desk.case(
        department="hauptamt", code="020.14", plan="Gremien, Sitzungsdienst", case_type="Gremienvorgang", subject=subject, year=year,
        readers=("alle",),
    )  # fmt: skip


def minutes(desk: Desk, year: int, number: int, *, items: int = 19, committee: str = "") -> Draft:
    """Give minutes of a long evening: every item with its talk and vote."""
    c, town = desk.chance, desk.town
    case = council_case(desk, f"Niederschrift {year} {committee}".strip(), year)
    day = desk.day(year)
    assembly = f"des Gremiums {committee}" if committee else f"der {town.council}"
    people = [desk.citizen().name for _ in range(9)]
    blocks: list[Block] = [
        Para(f"Sitzung {assembly} am {german_date(day)} im Dorfgemeinschaftshaus {desk.district()}, Beginn 19.30 Uhr, Ende "
             f"22.{c.randrange(10, 58)} Uhr. Vorsitz: {people[0]}. Schriftführung: {people[1]}."),
        Para(f"Anwesend: {', '.join(people[2:])} und {c.randrange(11, 24)} weitere Mitglieder. Die Versammlung ist beschlussfähig (§ 53 HGO)."),
    ]  # fmt: skip
    special = (
        ("Änderung der Hundesteuersatzung", f"Die Steuer für den ersten Hund soll {euro(town.dog_first)} betragen, für den zweiten {euro(town.dog_second)}. "
         "Die Erhöhung ist die erste seit elf Jahren."),
        ("Drucksache " + f"{year}/{c.randrange(30, 240):04d}: " + TOPICS[number % len(TOPICS)][1], TOPICS[number % len(TOPICS)][2]),
        ("Schutz der Bäume im Ort", f"Die Grenze für geschützte Bäume bleibt bei {town.trunk} cm Stammumfang." if town.trunk
         else "Ein Antrag, eine Baumschutzsatzung zu erlassen, findet keine Mehrheit; die Gemeinde setzt auf Beratung."),
    )  # fmt: skip
    chosen = [*c.sample(ITEMS, items), *special]
    c.shuffle(chosen)
    for item, (title, text) in enumerate(chosen, 1):
        values = {
            "p": c.randrange(3, 9), "n": c.randrange(2, 9), "m": c.randrange(10, 21), "ha": f"{c.randrange(2, 7)},{c.randrange(1, 9)}",
            "district": desk.district(), "field": c.choice(("Am Gänseberg", "Die Krautäcker", "Im Bienengarten")), "person": desk.citizen().name,
        }  # fmt: skip
        blocks += [Heading(f"TOP {item}: {title.format(**values)}"), Para(text.format(**values))]
        for speech in c.sample(SPEECH, c.randrange(4, 7)):
            a, b = c.sample(people, 2)
            blocks.append(
                Para(speech.format(**{**values, "a": a, "b": b, "n": c.randrange(2, 9), "district": desk.district()}))
            )
        ayes, noes, none = c.randrange(13, 30), c.randrange(0, 9), c.randrange(0, 5)
        blocks += [
            Para(f"Beschluss: Der Vorlage wird {'zugestimmt' if ayes > noes else 'nicht zugestimmt'}."),
            Table((("Ja", "Nein", "Enthaltung"), (str(ayes), str(noes), str(none)))),
        ]
        # each second item opens a page: the minute book is kept by item
        if item % 2 == 0:
            blocks.append(PageBreak())
    blocks.append(
        Para(
            f"Für die Richtigkeit: {people[1]}. Einwendungen sind binnen zwei Wochen zulässig. Ausgefertigt am {short_date(desk.after(day, 3, 9))}."
        )
    )
    return Draft(case, f"Niederschrift {committee} {day.isoformat()}".replace("  ", " "), Kind.PDFA if number == 1 else Kind.PDF, f"Niederschrift {assembly} vom {german_date(day)}",
                 "Niederschrift", day, tuple(blocks), extra={"public": True})  # fmt: skip
