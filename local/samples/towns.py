"""The four municipalities as the samples know them: their own figures, rules and ways to number files. All invented."""
# prose and its figures: a letter is judged by reading it, and it reads best with its sentences unbroken
# ruff: noqa: E501, PLC0207, RUF001, SIM905

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from local.samples.model import Case


@dataclass(frozen=True)
class Town:
    """What makes one town's answer differ from its neighbour's."""

    tenant: str
    name: str
    full_name: str
    board: str
    council: str
    postcode: str
    districts: tuple[str, ...]
    dog_first: int
    dog_second: int
    dog_further: int
    dog_dangerous: int
    dog_due: str
    dog_relief: str
    kennel_from: int
    kennel_fee: int
    trunk: int | None
    trunk_height: int
    replanting: str
    felling_fine: int
    parking: str
    parking_small: str
    parking_payoff: int
    bicycle: str
    closure_deadline: str
    closure_fee: int
    closure_sign: str
    grave_row: int
    grave_urn: int
    grave_years: int
    kita_full: int
    kita_half: int
    kita_deadline: str
    kita_meal: str
    tender_limit: int

    def reference(self, code: str, number: int, year: int) -> str:
        """Return the town's Aktenzeichen of a case; each town has its own scheme."""
        prefix = PREFIXES[code.split(".")[0]]
        match self.tenant:
            case "erbach":
                return f"{prefix}-{code}-{number:04d}/{year}"
            case "michelstadt":
                return f"{code}:{year}/{number}"
            case "oberzent":
                return f"OZ/{code}/{number:04d}-{year % 100:02d}"
            case _:
                return f"III-{code.replace('.', '-')}-{number}/{year}"


PREFIXES = {
    "020": "HA", "024": "HA", "082": "PA", "106": "KÄ", "110": "OA", "112": "OA", "130": "OA", "150": "ST",
    "364": "UM", "365": "KÄ", "460": "SK", "554": "FR", "601": "VG", "620": "BA", "632": "BA", "655": "VK",
}  # fmt: skip

TOWNS = (
    Town(
        tenant="erbach", name="Erbach", full_name="Kreisstadt Erbach", board="Der Magistrat der Kreisstadt Erbach",
        council="Stadtverordnetenversammlung", postcode="64711",
        districts=("Kernstadt", "Dorf-Erbach", "Lauerbach", "Erlenbach", "Günterfürst"),
        dog_first=60, dog_second=90, dog_further=120, dog_dangerous=600,
        dog_due="zum 15. Februar eines Jahres in einer Summe",
        dog_relief="Für Hunde, die aus dem Tierheim übernommen werden, wird die Steuer für die ersten zwölf Monate erlassen.",
        kennel_from=3, kennel_fee=85, trunk=80, trunk_height=100,
        replanting="zwei heimische Laubbäume mit einem Stammumfang von mindestens 18 bis 20 cm", felling_fine=10000,
        parking="1,5 Stellplätze je Wohnung", parking_small="1 Stellplatz je Wohnung bis 50 m² Wohnfläche",
        parking_payoff=4000, bicycle="zwei Abstellplätze für Fahrräder je Wohnung",
        closure_deadline="14 Tage", closure_fee=60, closure_sign="der Bauhof der Kreisstadt",
        grave_row=1250, grave_urn=780, grave_years=25, kita_full=235, kita_half=148, kita_deadline="31. Januar",
        kita_meal="72,00 EUR im Monat", tender_limit=100000,
    ),
    Town(
        tenant="michelstadt", name="Michelstadt", full_name="Stadt Michelstadt",
        board="Der Magistrat der Stadt Michelstadt", council="Stadtverordnetenversammlung", postcode="64720",
        districts=("Altstadt", "Steinbach", "Steinbuch", "Vielbrunn", "Würzberg", "Rehbach"),
        dog_first=72, dog_second=108, dog_further=144, dog_dangerous=720,
        dog_due="in vier gleichen Raten zum 15. Februar, 15. Mai, 15. August und 15. November",
        dog_relief="Für ausgebildete Rettungshunde und Assistenzhunde wird auf Antrag volle Befreiung gewährt.",
        kennel_from=4, kennel_fee=120, trunk=100, trunk_height=130,
        replanting="einen standortgerechten Laubbaum mit einem Stammumfang von 16 bis 18 cm je angefangene 100 cm "
        "Stammumfang des gefällten Baumes", felling_fine=15000,
        parking="2 Stellplätze je Wohnung", parking_small="1 Stellplatz je Wohnung bis 60 m² Wohnfläche",
        parking_payoff=5500, bicycle="einen Abstellplatz für Fahrräder je 30 m² Wohnfläche",
        closure_deadline="vier Wochen", closure_fee=85, closure_sign="ein zugelassenes Fachunternehmen",
        grave_row=1480, grave_urn=890, grave_years=30, kita_full=260, kita_half=165, kita_deadline="15. Februar",
        kita_meal="4,10 EUR je Essen", tender_limit=150000,
    ),
    Town(
        tenant="oberzent", name="Oberzent", full_name="Stadt Oberzent", board="Der Magistrat der Stadt Oberzent",
        council="Stadtverordnetenversammlung", postcode="64760",
        districts=("Beerfelden", "Rothenberg", "Hesseneck", "Sensbachtal", "Gammelsbach", "Airlenbach"),
        dog_first=54, dog_second=84, dog_further=96, dog_dangerous=480,
        dog_due="je zur Hälfte zum 1. März und zum 1. September",
        dog_relief="Für Herdenschutzhunde und für Jagdhunde mit Brauchbarkeitsprüfung ermäßigt sich die Steuer auf "
        "die Hälfte.",
        kennel_from=5, kennel_fee=70, trunk=60, trunk_height=100,
        replanting="drei Obsthochstämme alter Odenwälder Sorten oder einen Laubbaum erster Ordnung", felling_fine=5000,
        parking="1 Stellplatz je Wohnung", parking_small="kein Stellplatz je Wohnung bis 35 m² Wohnfläche",
        parking_payoff=3000, bicycle="einen Abstellplatz für Fahrräder je Wohnung",
        closure_deadline="10 Werktage", closure_fee=50, closure_sign="der Antragsteller nach Einweisung durch den Bauhof",
        grave_row=980, grave_urn=610, grave_years=25, kita_full=210, kita_half=132, kita_deadline="28. Februar",
        kita_meal="65,00 EUR im Monat", tender_limit=75000,
    ),
    Town(
        tenant="brombachtal", name="Brombachtal", full_name="Gemeinde Brombachtal",
        board="Der Gemeindevorstand der Gemeinde Brombachtal", council="Gemeindevertretung", postcode="64753",
        districts=("Kirchbrombach", "Langenbrombach", "Hembach", "Böllstein", "Birkert"),
        dog_first=48, dog_second=48, dog_further=72, dog_dangerous=400,
        dog_due="zum 1. Juli eines Jahres in einer Summe",
        dog_relief="Für Hofhunde auf Anwesen, die mehr als 300 m von der geschlossenen Ortslage entfernt liegen, "
        "wird die Steuer nicht erhoben.",
        kennel_from=4, kennel_fee=40, trunk=None, trunk_height=100,
        replanting="einen hochstämmigen Obst- oder Laubbaum auf freiwilliger Grundlage", felling_fine=0,
        parking="2,5 Stellplätze je Wohnung", parking_small="1,5 Stellplätze je Wohnung bis 40 m² Wohnfläche",
        parking_payoff=0, bicycle="keine Abstellplätze für Fahrräder; sie werden empfohlen",
        closure_deadline="drei Wochen", closure_fee=40, closure_sign="der gemeindliche Bauhof",
        grave_row=860, grave_urn=540, grave_years=20, kita_full=180, kita_half=115, kita_deadline="31. Dezember",
        kita_meal="3,60 EUR je Essen", tender_limit=50000,
    ),
)  # fmt: skip

#: slug, what the office is called, the plan's codes it keeps
OFFICES = {
    "bauamt": "Bauamt",
    "ordnungsamt": "Ordnungsamt",
    "hauptamt": "Hauptamt",
    "kaemmerei": "Kämmerei",
    "standesamt": "Standesamt",
    "schulamt": "Amt für Schule und Kita",
    "leitung": "Verwaltungsleitung",
}

FIRST_NAMES = (
    "Anneliese Bernd Çağla Dagmar Emre Friederike Gerlinde Hartmut Ilse Jörg Käthe Łukasz Mechthild Norbert Ottilie "
    "Péter Roswitha Sören Tülin Ulrike Volkmar Wiebke Žaneta Zoë Björn Hannelore Zdenka Štefan Jürgen Renée Małgorzata "
    "François Gülay Iñaki Ragnhild Tomislav Heidrun Lothar Marit Özlem"
).split()
LAST_NAMES = (
    "Aschenbrückner Bärwald Çelik Dörnhöfer Eisengräber Škodová Fürstenhagen Göllwitzer Hühnerbach Ißbrückner Jäckelmann "
    "Köhlhofer Łuczak Möhrenschläger Nüßlinger Ölschlägel Pfützenreuter Quellbrunner Rübsamen Schwärzelbach Täubelsdorf "
    "Überreiter Vögeldinger Weißenrieder Žižková Zwölfender Brückenmüllner Grünspechter Haßlocher-Yıldız Kirschgärtner "
    "Löwenzahner Mühlsteiger Núñez-Rapp Odenbächer Sägewerker Türkheimer-Žák Waldvögler Ziegenhainer Bøgelund Kovačević"
).split()
STREETS = (
    "Am Erlenrain,Lindengartenweg,Kastanienzeile,Hinter den Hofgärten,Quittenweg,Zum Sauerbrunnen,Schäferstiege,"
    "Ziegelhüttenpfad,Im Rosengärtel,Mühlgrabenzeile,An der Pferdeschwemme,Silberdistelweg,Brückenäckerstraße,"
    "Eulenklingenweg,Steinmetzgasse,Färberzeile,Weißdornhecke,Am Köhlerplatz,Güldenbachstraße,Schlehenhöhe,"
    "Glockenzehntweg,Haselbuckel,Am Alten Kalkofen,Wiesenknopfweg"
).split(",")
FIELDS = (
    "Am Gänseberg",
    "In der Hohl",
    "Die Krautäcker",
    "Am Röhrich",
    "Im Bienengarten",
    "Auf der Schanz",
    "Der Zehntacker",
)


@dataclass(frozen=True)
class Person:
    """An invented person with an address."""

    first: str
    last: str
    street: str
    place: str

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"

    @property
    def lines(self) -> tuple[str, ...]:
        """The address of a letter."""
        return (self.name, self.street, self.place)


class Desk:
    """Hands out what the cases of one town need: people, plots, dates, numbers; the same ones in each run."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.chance = random.Random(f"aktensuche-beispiel-{town.tenant}")  # noqa: S311 - believable, not secret
        self.used: dict[tuple[str, int], int] = {}
        self.cases = 0
        self.clerks = {slug: tuple(self.person().name for _ in range(2)) for slug in OFFICES}
        self.people = self.shuffled_people()

    def shuffled_people(self) -> Iterator[Person]:
        """Give people whose names do not repeat for a long time."""
        while True:
            firsts, lasts = list(FIRST_NAMES), list(LAST_NAMES)
            self.chance.shuffle(firsts)
            self.chance.shuffle(lasts)
            for first, last in zip(firsts, lasts, strict=True):
                yield Person(first, last, self.street(), self.place())

    def street(self) -> str:
        """Return an invented street with a number."""
        return f"{self.chance.choice(STREETS)} {self.chance.randrange(1, 68)}"

    def place(self) -> str:
        """Give postcode and town."""
        return f"{self.town.postcode} {self.town.name}"

    def person(self) -> Person:
        """Return a clerk or anybody else."""
        return Person(self.chance.choice(FIRST_NAMES), self.chance.choice(LAST_NAMES), self.street(), self.place())

    def citizen(self) -> Person:
        """Return the next person nobody has met yet."""
        return next(self.people)

    def district(self) -> str:
        """Return a part of the town."""
        return self.chance.choice(self.town.districts)

    def plot(self) -> str:
        """Return a Flurstück."""
        c = self.chance
        return (
            f"Gemarkung {self.district()}, Flur {c.randrange(1, 19)}, "
            f"Flurstück {c.randrange(11, 420)}/{c.randrange(1, 9)}"
        )

    def day(self, year: int, first: int = 1, last: int = 10) -> date:
        """Return a working day of a year, in the given months."""
        day = date(year, self.chance.randrange(first, last + 1), self.chance.randrange(2, 27))
        return self.workday(day)

    def after(self, day: date, least: int, most: int) -> date:
        """Return a working day so many days later."""
        return self.workday(day + timedelta(days=self.chance.randrange(least, most + 1)))

    def workday(self, day: date) -> date:
        """Return the day itself, or the Monday after it."""
        return day + timedelta(days=(0, 0, 0, 0, 0, 2, 1)[day.weekday()])

    def readers(self, department: str, everyone: float = 0.4) -> tuple[str, ...]:
        """Who may read a case: the town, the department, two departments, or only the heads."""
        roll = self.chance.random()
        tenant = self.town.tenant
        if roll < everyone:
            return (f"{tenant}/alle",)
        if roll < everyone + (1 - everyone) * 0.68:
            return (f"{tenant}/{department}",)
        if roll < everyone + (1 - everyone) * 0.93:
            second = self.chance.choice([o for o in OFFICES if o not in {department, "leitung"}])
            return tuple(sorted((f"{tenant}/{department}", f"{tenant}/{second}")))
        return (f"{tenant}/leitung",)

    def case(
        self,
        *,
        department: str,
        code: str,
        plan: str,
        case_type: str,
        subject: str,
        year: int,
        everyone: float = 0.4,
        readers: tuple[str, ...] = (),
        confidential: bool = False,
        deny: tuple[str, ...] = (),
    ) -> Case:
        """Open a case with the next number of its plan and year."""
        self.cases += 1
        number = self.used.get((code, year), self.chance.randrange(3, 60)) + self.chance.randrange(1, 30)
        self.used[code, year] = number
        reference = self.town.reference(code, number, year)
        tenant = self.town.tenant
        chosen = tuple(f"{tenant}/{group}" for group in readers) or self.readers(department, everyone)
        return Case(
            tenant=tenant,
            body=self.town.board,
            department=department,
            office=OFFICES[department],
            clerk=self.chance.choice(self.clerks[department]),
            case_type=case_type,
            case_reference=f"V-{tenant[:2].upper()}-{year}-{self.cases:05d}",
            file_reference=reference,
            file_plan=f"{code} {plan}",
            folder=f"{reference.replace('/', '-').replace(':', '-')} {subject}",
            readers=chosen,
            deny=tuple(f"{tenant}/{group}" for group in deny),
            confidential=confidential,
        )
