"""Being alone in a process: nobody works beside a suspect, and suspects get their turn."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from indexer.company import Company


def test_nobody_works_beside_one_who_is_alone() -> None:
    company, lock = Company(), threading.Lock()
    working: list[str] = []
    seen: list[tuple[str, ...]] = []

    def work(kind: str) -> None:
        with company.alone() if kind == "alone" else company.shared():
            with lock:
                working.append(kind)
                seen.append(tuple(working))
            time.sleep(0.01)
            with lock:
                working.remove(kind)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, ["shared", "shared", "alone", "shared", "alone", "shared", "shared", "alone"] * 3))
    assert len(seen) == 24
    assert all(together == ("alone",) for together in seen if "alone" in together)
    assert any(len(together) > 1 for together in seen)


def test_new_work_waits_for_one_who_wants_to_be_alone() -> None:
    company, order = Company(), list[str]()
    may_end = threading.Event()

    def first() -> None:
        with company.shared():
            may_end.wait(5)

    def suspect() -> None:
        with company.alone():
            order.append("alone")

    def later() -> None:
        with company.shared():
            order.append("later")

    threads = []
    for step in (first, suspect, later):
        threads.append(threading.Thread(target=step))
        threads[-1].start()
        time.sleep(0.05)
    may_end.set()
    for thread in threads:
        thread.join(5)
    assert order == ["alone", "later"]
