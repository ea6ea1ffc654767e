"""Object Storage next to its peers: small and large objects, lists, uploads in parts, memory."""

from __future__ import annotations

import hashlib
import http.client
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

from bench import stores
from bench.figure import Figure, Turn, at_least, at_most, ratio
from bench.lab import Contestant, Lab
from bench.memory import pss
from bench.stores import BUCKET, ObjectStore

CALLERS = 16
SMALL, LARGE = 4096, 256 * 1024 * 1024
KEYS = 512
PIECE = 1024 * 1024
BLOCK = os.urandom(PIECE)


def small_objects(lab: Lab) -> Iterator[Figure]:
    """4 KiB PUT and GET with 16 connections, durable and relaxed, each beside peers that promise as much."""
    with ExitStack() as up:
        ours = up.enter_context(stores.ionstack(lab.place("durable")))
        peers = {"RGW's": up.enter_context(stores.ceph(lab.place("bluestore"), durable=True))}
        yield from _small(lab, "durable", ours, peers)
    with ExitStack() as up:
        ours = up.enter_context(stores.ionstack(lab.place("relaxed"), durable=False))
        peers = {
            "RGW's": up.enter_context(stores.ceph(lab.place("memstore"), durable=False)),
            "SeaweedFS's": up.enter_context(stores.seaweedfs(lab.place("seaweedfs"))),
            "rclone's": up.enter_context(stores.rclone(lab.place("rclone"))),
            "moto's": up.enter_context(stores.moto(lab.place("moto"))),
        }
        yield from _small(lab, "relaxed", ours, peers)


def _small(lab: Lab, mode: str, ours: ObjectStore, peers: Mapping[str, ObjectStore]) -> Iterator[Figure]:
    everybody = {"ours": ours, **peers}
    puts = lab.race({name: _putting(store) for name, store in everybody.items()})
    note = ", ".join(f"{name}: {_syncing(store)}" for name, store in everybody.items())
    gets = lab.race({name: _getting(store) for name, store in everybody.items()})
    for name in peers:
        barred = at_least(1.5) if name in ("RGW's", "SeaweedFS's") else None
        yield ratio("s3", f"PUT of 4 KiB, {mode}, of {name}", puts["ours"], puts[name], barred, note)
        yield ratio("s3", f"GET of 4 KiB, {mode}, of {name}", gets["ours"], gets[name], barred)


def _putting(store: ObjectStore) -> Contestant:
    paths = [store.signed("put_object", f"small/{number}") for number in range(KEYS)]
    return Contestant(store.server, paths, CALLERS, method="PUT", body="x" * SMALL)


def _getting(store: ObjectStore) -> Contestant:
    return Contestant(
        store.server, [store.signed("get_object", f"small/{number}") for number in range(KEYS)], CALLERS
    )


def _syncing(store: ObjectStore) -> str:
    """What a store does for durability while it is written to, counted."""
    contestant = _putting(store)
    with ThreadPoolExecutor(1) as beside:
        written = beside.submit(contestant.turn, 3.0)
        time.sleep(0.5)
        counted = stores.syncs(store.pids, 1.5)
        written.result()
    return "not counted, for strace is missing" if counted is None else f"{counted} syncs in 1.5 s"


def large_objects(lab: Lab) -> Iterator[Figure]:
    """256 MiB in one PUT and one GET, beside peers and beside what the machine itself allows."""
    with ExitStack() as up:
        everybody = {
            "ours": up.enter_context(stores.ionstack(lab.place("large"))),
            "RGW's": up.enter_context(stores.ceph(lab.place("large-rgw"), durable=True)),
            "SeaweedFS's": up.enter_context(stores.seaweedfs(lab.place("large-seaweedfs"))),
        }
        limits = {"MD5": _md5, "write and fsync": lambda: _write(lab.place("written"))}
        puts = _timed(lab, {**{n: _upload(s) for n, s in everybody.items()}, **limits})
        gets = _timed(lab, {name: _download(store) for name, store in everybody.items()})
    slower = min(limits, key=lambda name: sum(turn.rate for turn in puts[name]))
    yield ratio("s3", f"PUT of 256 MiB, of the rate of {slower}", puts["ours"], puts[slower], at_least(0.6))
    for name in ("RGW's", "SeaweedFS's"):
        yield ratio("s3", f"PUT of 256 MiB, of {name}", puts["ours"], puts[name])
        barred = at_least(0.8) if name == "RGW's" else None
        yield ratio("s3", f"GET of 256 MiB, of {name}", gets["ours"], gets[name], barred)


def _timed(lab: Lab, contestants: Mapping[str, Callable[[], None]]) -> dict[str, Sequence[Turn]]:
    """What takes turns once each a round, as rates."""
    turns: dict[str, list[Turn]] = {name: [] for name in contestants}
    for _ in range(lab.rounds):
        for name, work in contestants.items():
            started = time.perf_counter()
            work()
            taken = time.perf_counter() - started
            turns[name].append(Turn(1 / taken, taken))
    return dict(turns)


def _upload(store: ObjectStore) -> Callable[[], None]:
    path = store.signed("put_object", "large")

    def upload() -> None:
        connection = _connection(store)
        connection.putrequest("PUT", path)
        connection.putheader("Content-Length", str(LARGE))
        connection.endheaders()
        for _ in range(LARGE // PIECE):
            connection.send(BLOCK)
        _done(connection)

    return upload


def _download(store: ObjectStore) -> Callable[[], None]:
    path, buffer = store.signed("get_object", "large"), bytearray(PIECE)

    def download() -> None:
        connection = _connection(store)
        connection.request("GET", path)
        answer = connection.getresponse()
        got = 0
        while count := answer.readinto(buffer):
            got += count
        if got != LARGE:
            raise RuntimeError(f"{store.url} gave {got} bytes")
        connection.close()

    return download


def _connection(store: ObjectStore) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(store.url).netloc, timeout=600)


def _done(connection: http.client.HTTPConnection) -> None:
    answer = connection.getresponse()
    told = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}: {told[:300]!r}")
    connection.close()


def _md5() -> None:
    hashed = hashlib.md5(usedforsecurity=False)
    for _ in range(LARGE // PIECE):
        hashed.update(BLOCK)


def _write(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        for _ in range(LARGE // PIECE):
            file.write(BLOCK)
        os.fsync(file.fileno())
    path.unlink()


def object_lists(lab: Lab) -> Iterator[Figure]:
    """A list of 1000 in a bucket of 10,000, beside peers, and of ours in one of a million."""
    with ExitStack() as up:
        everybody = {
            "ours": up.enter_context(stores.ionstack(lab.place("lists"))),
            "RGW's": up.enter_context(stores.ceph(lab.place("lists-rgw"), durable=False)),
            "SeaweedFS's": up.enter_context(stores.seaweedfs(lab.place("lists-seaweedfs"))),
        }
        for store in everybody.values():
            _fill(store, 10_000)
        path = "list_objects_v2"
        rates = lab.race(
            {n: Contestant(s.server, [s.signed(path, MaxKeys=1000)], 1) for n, s in everybody.items()}
        )
    for name in ("RGW's", "SeaweedFS's"):
        barred = at_least(1) if name == "RGW's" else None
        yield ratio("s3", f"LIST of 1000 of 10,000, rate, of {name}", rates["ours"], rates[name], barred)
    few, many = lab.place("lists"), lab.place("many")
    with stores.ionstack(many) as store:
        store.client.put_object(Bucket=BUCKET, Key="object/0000000", Body=b"x")
    copy_objects(many, lab.many)
    with stores.ionstack(few) as small, stores.ionstack(many) as large:
        rates = lab.race(
            {
                "small": Contestant(small.server, [small.signed(path, MaxKeys=1000)], 1),
                "large": Contestant(large.server, [large.signed(path, MaxKeys=1000)], 1),
                "halfway": Contestant(
                    large.server,
                    [large.signed(path, MaxKeys=1000, StartAfter=f"object/{lab.many // 2:07}")], 1
                ),
            }
        )  # fmt: skip
    yield ratio("s3", f"LIST of 1000 of {lab.many:,}, rate, of 10,000's", rates["large"], rates["small"])
    yield ratio("s3", "the same from the middle, rate, of the start's", rates["halfway"], rates["large"])


def _fill(store: ObjectStore, count: int) -> None:
    with ThreadPoolExecutor(8) as threads:
        local = threading.local()

        def put(number: int) -> None:
            if not hasattr(local, "http"):
                local.http = _connection(store)
            local.http.request("PUT", store.signed("put_object", f"object/{number:07}"), b"x")
            answer = local.http.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{store.url} answered {answer.status}")

        list(threads.map(put, range(count)))


def copy_objects(directory: Path, count: int) -> None:
    """Make so many objects of the one that a data directory holds, without the server."""
    connection = sqlite3.connect(directory / "ionstack.db")
    connection.row_factory = sqlite3.Row
    try:
        (model,) = connection.execute("SELECT * FROM s3_version").fetchall()
        cells = dict(model)
        cells.pop("ordinal", None)
        names, values = ", ".join(cells), ", ".join(f":{name}" for name in cells)
        rows = (
            {**cells, "key": b"object/%07d" % number, "sequence": number + 1_000_000}
            for number in range(1, count)
        )
        with connection:
            connection.executemany(f"INSERT INTO s3_version ({names}) VALUES ({values})", rows)
            connection.execute("UPDATE s3_usage SET size = size * ?, versions = ?", (count, count))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def parts_and_memory(lab: Lab) -> Iterator[Figure]:
    """An upload of 1 GiB in parts beside SeaweedFS; what memory 5 GiB in and out take."""
    with (
        stores.ionstack(lab.place("parts")) as ours,
        stores.seaweedfs(lab.place("parts-seaweedfs")) as weed,
    ):
        turns = _timed(lab, {"ours": _in_parts(ours, 64), "SeaweedFS's": _in_parts(weed, 64)})
        yield ratio("s3", "upload of 1 GiB in parts, of SeaweedFS's", turns["ours"], turns["SeaweedFS's"])
        before = pss(ours.pids[0])
        with _Watching(ours.pids[0]) as watched:
            _in_parts(ours, 320)()
            _read_all(ours, "parts")
    yield Figure("s3", "memory above idle while 5 GiB move", watched.most - before, " MB", at_most(64))


def _in_parts(store: ObjectStore, count: int) -> Callable[[], None]:
    """An upload in parts of 16 MiB, four at a time."""
    body = BLOCK * 16

    def part(upload: str, number: int) -> dict[str, object]:
        path = store.signed("upload_part", "parts", UploadId=upload, PartNumber=number)
        connection = _connection(store)
        connection.request("PUT", path, body)
        answer = connection.getresponse()
        answer.read()
        etag = answer.headers["ETag"]
        connection.close()
        return {"PartNumber": number, "ETag": etag}

    def upload() -> None:
        named = {"Bucket": BUCKET, "Key": "parts"}
        id = store.client.create_multipart_upload(**named)["UploadId"]
        with ThreadPoolExecutor(4) as threads:
            parts = list(threads.map(lambda number: part(id, number), range(1, count + 1)))
        store.client.complete_multipart_upload(**named, UploadId=id, MultipartUpload={"Parts": parts})

    return upload


def _read_all(store: ObjectStore, key: str) -> None:
    connection, buffer = _connection(store), bytearray(PIECE)
    connection.request("GET", store.signed("get_object", key))
    answer = connection.getresponse()
    while answer.readinto(buffer):
        pass
    connection.close()


class _Watching:
    """The most memory (MB) that a process has during a block."""

    def __init__(self, pid: int) -> None:
        self.most, self._pid, self._over = 0.0, pid, threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> _Watching:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.2):
            self.most = max(self.most, pss(self._pid))
