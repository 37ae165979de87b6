"""Sidecars decide who may read: they are understood exactly or refused."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from indexer.sidecar import SidecarError, parse
from records.access import Confidentiality, PrivacyClass, Reader
from records.reasons import Reason


def _parse(**said: object) -> object:
    return parse(json.dumps(said).encode(), tenant="erbach")


def test_everything_it_says_is_kept() -> None:
    metadata, access = parse(
        json.dumps(
            {
                "title": "Bau u\u0308ber Tal",
                "date": "24.12.2024",
                "readers": ["bauamt", "erbach/leitung"],
                "deny": ["azubi"],
                "confidentiality": "vertraulich",
                "clerk": "N. N.",
                "file_plan": None,
            }
        ).encode(),
        tenant="erbach",
    )
    assert (metadata.title, metadata.date, metadata.fields) == (
        "Bau über Tal",
        dt.date(2024, 12, 24),
        {"clerk": "N. N."},
    )
    assert access.readers == {Reader("erbach", "bauamt"), Reader("erbach", "leitung")}
    assert access.deny == {Reader("erbach", "azubi")}
    assert access.confidentiality is Confidentiality.CONFIDENTIAL


@pytest.mark.parametrize(
    ("said", "reason", "names"),
    [
        ({"readers": ["michelstadt/bauamt"]}, Reason.SIDECAR, "readers"),
        ({"readers": 'bauamt","erbach/leitung'}, Reason.SIDECAR, "readers"),
        ({"readers": ['x","erbach/leitung']}, Reason.SIDECAR, "readers"),
        ({"deny": [1]}, Reason.SIDECAR, "deny"),
        ({"date": "gestern"}, Reason.SIDECAR, "date"),
        ({"title": ["x"]}, Reason.SIDECAR, "title"),
        ({"confidentiality": "ganz leise"}, Reason.SIDECAR, "confidentiality"),
        ({"confidentiality": "VS-NfD"}, Reason.CLASSIFIED, "confidentiality"),
        (
            {"privacy_class": "irgendwas"},
            Reason.SIDECAR,
            "privacy_class: 'irgendwas' ist unbekannt; erlaubt sind „normal“",
        ),
        ({"privacy_class": ["steuer"]}, Reason.SIDECAR, "privacy_class"),
        ({"tenant": "michelstadt"}, Reason.TENANT, "tenant"),
    ],
)
def test_refused_with_the_field_named(said: dict[str, object], reason: Reason, names: str) -> None:
    with pytest.raises(SidecarError) as caught:
        _parse(**said)
    assert caught.value.fault.reason == reason
    assert caught.value.fault.detail.startswith(names)


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ({}, PrivacyClass.NORMAL),
        ({"privacy_class": None}, PrivacyClass.NORMAL),
        ({"privacy_class": " Steuer"}, PrivacyClass.TAX),
    ]
    + [({"privacy_class": known.value}, known) for known in PrivacyClass],
)
def test_the_privacy_class_is_one_of_a_list(said: dict[str, object], means: PrivacyClass) -> None:
    metadata, access = parse(json.dumps(said).encode(), tenant="erbach")
    assert (access.privacy_class, metadata.fields) == (means, {})


@pytest.mark.parametrize(
    "content",
    [
        *(b"{", b"[]", b"\xff", b"[" * 100_000),
        *(b'{"x": NaN}', b'{"x": 1e999}', b'{"x": ' + b"9" * 400 + b"}", b'{"x": "\\ud800"}'),
    ],
)
def test_broken_json_is_refused(content: bytes) -> None:
    with pytest.raises(SidecarError):
        parse(content, tenant="erbach")
