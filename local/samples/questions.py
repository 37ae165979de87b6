"""Searches worth showing, each with the records that answer it in each town. Searches nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from local.samples.model import Draft, euro
from local.samples.towns import Town


@dataclass(frozen=True)
class Question:
    """What a clerk types, in which group, and how the answering records are named and what they say."""

    text: str
    group: str
    #: how the file names of the answering records begin
    names: tuple[str, ...]
    #: the words of the answer in a town; None where the records differ by case and not by town
    answer: Callable[[Town], str] | None = None


def trunk_answer(town: Town) -> str:
    """Say from which trunk on a tree is protected in this town."""
    return f"mindestens {town.trunk} cm" if town.trunk else "hat keine Baumschutzsatzung"


QUESTIONS = (
    Question(
        "Was kostet die Hundesteuer für den zweiten Hund?",
        "kaemmerei",
        ("Hundesteuersatzung",),
        lambda town: f"Für den zweiten Hund kostet sie {euro(town.dog_second)}",
    ),
    Question(
        "Ab welchem Stammumfang ist ein Baum geschützt?",
        "ordnungsamt",
        ("Baumschutzsatzung", "Merkblatt Baumschutz"),
        trunk_answer,
    ),
    Question(
        "Wie viele Stellplätze brauche ich je Wohnung?",
        "bauamt",
        ("Stellplatzsatzung",),
        lambda town: f"Für Wohngebäude sind nachzuweisen: {town.parking}",
    ),
    Question(
        "Wie lange vorher muss eine Straßensperrung beantragt werden?",
        "ordnungsamt",
        ("Richtlinie Straßensperrungen",),
        lambda town: f"müssen {town.closure_deadline} vor Beginn",
    ),
    Question(
        "Was kostet ein Urnengrab?",
        "standesamt",
        ("Friedhofsgebührenordnung",),
        lambda town: f"Ein Urnengrab kostet {euro(town.grave_urn)}",
    ),
    Question(
        "Kostenbeitrag Krippe ganztags unter drei Jahren",
        "schulamt",
        ("Kostenbeitragssatzung Kita",),
        lambda town: f"ganztägige Betreuung {euro(town.kita_full)}",
    ),
    Question("Baumfällung Kastanie abgelehnt", "leitung", ("Ablehnung Kastanie", "Auskunft Kastanie")),
    Question("Zwinger abgelehnt wegen Gebell", "ordnungsamt", ("Ablehnung Zwinger",)),
    Question("Wärmepumpe zu laut für die Nachbarn", "bauamt", ("03 Baugenehmigung Wärmepumpe",)),
    Question("Preisspiegel Löschfahrzeug", "kaemmerei", ("Submission Löschfahrzeug",)),
    Question("eingezäunte Freilauffläche für Hunde", "hauptamt", ("Beschlussvorlage Hundewiese",)),
    Question("gemeinsame Kehrmaschine mit den Nachbarkommunen", "hauptamt", ("Beschlussvorlage Bauhof",)),
)


def answering(question: Question, drafts: Iterable[Draft], tenant: str) -> tuple[Draft, ...]:
    """Pick the records of a town that answer the question and that its group may read."""
    readers = {f"{tenant}/alle", f"{tenant}/{question.group}"}
    return tuple(
        draft
        for draft in drafts
        if draft.case.tenant == tenant
        and draft.name.startswith(question.names)
        and readers.intersection(draft.case.readers)
        and not readers.intersection(draft.case.deny)
    )
