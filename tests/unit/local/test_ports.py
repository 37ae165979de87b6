"""Which port the system takes, and what it says about one that is taken."""

from __future__ import annotations

import os
import socket

import pytest

from local.ports import Door, PortError, choose, claim, is_free

UI = Door("ui", "the pages", 0, "AKTENSUCHE_TEST__PORT")


def free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port: int = door.getsockname()[1]
        return port


def test_a_busy_port_that_people_rely_on_is_refused_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        monkeypatch.setenv("AKTENSUCHE_TEST__PORT", str(port))
        with pytest.raises(PortError) as caught:
            choose((UI,))
    said = str(caught.value)
    assert f"port {port}" in said
    assert "the pages" in said
    assert "AKTENSUCHE_TEST__PORT" in said
    assert f"process {os.getpid()}" in said


def test_listening_on_every_address_counts_as_busy() -> None:
    with socket.create_server(("0.0.0.0", 0)) as door:  # noqa: S104
        assert not is_free(door.getsockname()[1])


def test_a_listener_on_the_other_loopback_counts_as_busy() -> None:
    try:
        door = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no ::1")
    with door:
        assert not is_free(door.getsockname()[1])


def test_an_inner_port_gives_way() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        chosen = choose((Door("engine", "OpenSearch", port), Door("tika", "Tika", port)))
    assert port not in chosen.values()
    assert len(set(chosen.values())) == 2


def test_a_free_inner_port_is_kept() -> None:
    port = free()
    assert choose((Door("engine", "OpenSearch", port),)) == {"engine": port}


@pytest.mark.parametrize("text", ["0", "65536", "-1", "http", "80 80"])
def test_a_setting_that_is_no_port_is_named(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("AKTENSUCHE_TEST__PORT", text)
    with pytest.raises(PortError, match="AKTENSUCHE_TEST__PORT"):
        choose((UI,))


def test_two_settings_with_the_same_port_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKTENSUCHE_TEST__PORT", str(free()))
    with pytest.raises(PortError, match="the API"):
        choose((UI, Door("api", "the API", 0, "AKTENSUCHE_TEST__PORT")))


def test_two_systems_that_start_at_once_get_different_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    doors = (Door("engine", "OpenSearch", free()), Door("tika", "Tika", free()))
    first, second = claim(doors), claim(doors)
    assert first.ports == {door.name: door.preferred for door in doors}
    assert not set(first.ports.values()) & set(second.ports.values())
    monkeypatch.setenv("AKTENSUCHE_TEST__PORT", str(first.ports["tika"]))
    with pytest.raises(PortError, match="another system"):
        claim((UI,))
    for mark in (*first.marks, *second.marks):
        mark.close()
    for mark in claim(doors).marks:
        mark.close()
