"""Judges conversations over a folder's documents, with the folder's own judge.

Without a model the settings of the environment answer: extraction where they name none. With
MODEL= one of the stubs of `model_stubs` answers. Run by `make eval-dialogs DIALOGS=folder`.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from msgspec import Struct

from benchmarks.dialog_folder import Turn, copy_without_pdf, pdf_files, read_headings, read_turns
from benchmarks.model_stubs import MODELS, ModelStub, serving
from benchmarks.reply_counts import COUNTS, Row

PROGRAM = str(Path(sys.executable).with_name("ragtenancy"))


def main() -> None:
    options, passed_on = _options()
    if options.dialogs is None:
        print("skipped: set the conversations, make eval-dialogs DIALOGS=folder")
        return
    if not (options.dialogs / "turns.tsv").is_file():
        sys.exit(f"There are no conversations in {options.dialogs}: no turns.tsv.")
    if options.model in {"", "oracle"}:
        judged(options, passed_on)
    else:
        attacked(options)


class Judged(Struct, frozen=True, kw_only=True):
    """What the judge found: the clients that it made, its verdict on each turn by `Turn.key`."""

    clients: Row
    rows: dict[str, Row]
    stub: ModelStub | None = None


def judged(options: argparse.Namespace, passed_on: Sequence[str]) -> None:
    """Print the judge's table, and the figures with each PDF replaced by its own text."""
    folder: Path = options.dialogs
    turns = _chosen(read_turns(folder), options.session)
    found = _judge(folder, turns, options, passed_on)
    _save({"clients": found.clients, "turns": list(found.rows.values())}, options.json)
    held = {path.parent.name for path in pdf_files(folder)}
    sessions = [turn.session for turn in turns if turn.client in held]
    if sessions:
        with tempfile.TemporaryDirectory() as place:
            copy = copy_without_pdf(folder, Path(place) / "dialogs", PROGRAM)
            again = _chosen(read_turns(copy), sessions)
            as_text = _judge(copy, again, options, None)
        rows = found.rows | as_text.rows
        clients = found.clients | as_text.clients
        _save({"clients": clients, "turns": list(rows.values())}, _beside(options.json))
    print(f"\nas the files are           {_figures(found.rows)}")
    print(f"each PDF as its own text   {_figures(rows) if sessions else 'no PDF files'}")
    _print_oracle("as the files are", turns, found)
    if sessions:
        _print_oracle("each PDF as its own text, their clients alone", again, as_text)


def attacked(options: argparse.Namespace) -> None:
    """Print counts of what the product let through of a stub's answers."""
    folder: Path = options.dialogs
    turns = _chosen(read_turns(folder), options.session)
    stub = ModelStub(options.model, turns, read_headings(folder))
    with _environment(stub), tempfile.TemporaryDirectory() as place:
        rows = list(_asked(_module(folder), folder, turns, stub, Path(place), options.stream))
    _save({"turns": rows}, options.json)
    if "all" in options.show:
        for row in rows:
            print(
                f"\n{row['turn']}: {row['question']}\n  model: {row['model']}\n  reply: {row['reply']}"
            )
    answered = [row for row in rows if row["model"] is not None and "error" not in row["reply"]]
    print(f"{len(rows)} turns; the model was asked in {len(answered)} of them, which count below")
    if failed := sum("error" in row["reply"] for row in rows):
        print(f"{failed} turns failed")
    for count in COUNTS[options.model]:
        those = [row for row in answered if count.holds(row)]
        share = f"{100 * len(those) / max(1, len(answered)):5.1f} %"
        wanted = f"   wanted {count.wanted}" if count.wanted else ""
        print(f"{count.name:44}{len(those):>5}  {share}{wanted}")
        if "wrong" in options.show:
            for row in count.wrong(answered):
                print(f"    {row['turn']} {row['model']!r} -> {row['reply']['answer']!r}")


def _judge(
    folder: Path,
    turns: Sequence[Turn],
    options: argparse.Namespace,
    passed_on: Sequence[str] | None,
) -> Judged:
    """Run the folder's judge over some turns; its table is printed where options are passed on."""
    stub = ModelStub("oracle", turns, read_headings(folder)) if options.model else None
    sessions = list(dict.fromkeys(turn.session for turn in turns))
    with _environment(stub):
        clients, rows = run_judge(options.dialogs, folder, sessions, passed_on)
    return Judged(clients=clients, rows=rows, stub=stub)


def run_judge(
    judge: Path, folder: Path, sessions: Sequence[str], passed_on: Sequence[str] | None
) -> tuple[Row, dict[str, Row]]:
    """Return the clients that `judge`'s script made, and its verdicts by `Turn.key`.

    It holds these sessions of `folder`. Its table is printed where options are passed on.
    """
    with tempfile.TemporaryDirectory() as place:
        saved = Path(place) / "judged.json"
        command = [sys.executable, str(judge / "judge.py"), str(folder)]
        command += ["--ragtenancy", PROGRAM, "--port", str(_free_port()), "--json", str(saved)]
        command += ["--session", *sessions, *(passed_on or [])]
        output = None if passed_on is not None else subprocess.DEVNULL
        subprocess.run(command, check=True, stdout=output)
        told = json.loads(saved.read_text(encoding="utf-8"))
    rows = {f"{row['session']}.{row['turn']}": row for row in told["turns"]}
    return told["clients"], rows


@contextmanager
def _environment(stub: ModelStub | None) -> Iterator[None]:
    """Let the stub answer, and nothing else of OpenAI's be used; without a stub, as it is."""
    if stub is None:
        yield
        return
    before = dict(os.environ)
    with serving(stub) as server:
        for name in [n for n in os.environ if n.startswith(("OPENAI_", "AZURE_"))]:
            del os.environ[name]
        os.environ.update(OPENAI_BASE_URL=server.url, OPENAI_MODEL=stub.name, OPENAI_API_KEY="stub")
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def _print_oracle(name: str, turns: Sequence[Turn], found: Judged) -> None:
    """Print what the best model could do with what it was sent; nothing without a stub."""
    stub, rows = found.stub, found.rows
    if stub is None:
        return
    answers = {entry.turn: entry for entry in stub.log if not entry.condense}
    wanted = [turn for turn in turns if turn.answerable]
    unasked = [turn.key for turn in wanted if turn.key not in answers]
    without = [turn.key for turn in wanted if turn.key in answers and not answers[turn.key].fact]
    lost = [
        turn.key
        for turn in wanted
        if turn.key in answers and answers[turn.key].fact and rows[turn.key]["class"] != "clean"
    ]
    print(f"\noracle, {name}: {_figures(rows)}")
    print(f"  answerable turns {len(wanted)}")
    print(f"  refused before the model  {_share(unasked, wanted)}  {' '.join(unasked)}")
    print(f"  sent without the fact     {_share(without, wanted)}  {' '.join(without)}")
    print(f"  sent, and not clean       {_share(lost, wanted)}  {' '.join(lost)}")
    for title, kinds in (
        ("follow-ups and corrections", [t for t in turns if t.follow_up]),
        ("follow-ups, a new topic too", [t for t in turns if t.kind.startswith("follow-up")]),
    ):
        clean = [turn.key for turn in kinds if rows[turn.key]["class"] == "clean"]
        print(f"  {title} clean  {_share(clean, kinds)}")
    condensed = sum(entry.condense for entry in stub.log)
    unknown = sum(not entry.turn for entry in stub.log)
    print(f"  requests: {len(stub.log)}, {condensed} to rewrite; {unknown} of no known turn")


def _asked(
    judge: ModuleType,
    folder: Path,
    turns: Sequence[Turn],
    stub: ModelStub,
    place: Path,
    stream: bool,  # noqa: FBT001 - an option of the command
) -> Iterator[Row]:
    """Hold the conversations; yield each whole reply beside what the model said in its turn."""
    process, base, key = judge.start(PROGRAM, _free_port(), place)
    try:
        service = judge.Service(base, key)
        clients = judge.prepare(service, folder, list(dict.fromkeys(t.client for t in turns)))
        for turn in turns:
            before = len(stub.log)
            asked = {"message": turn.question, "session_id": turn.session}
            try:
                if stream:
                    reply = _streamed(base, asked, clients[turn.client]["key"])
                else:
                    reply = service.call("POST", "/api/v1/chat", asked, clients[turn.client]["key"])
            except (RuntimeError, OSError) as error:
                reply = {"answer": "", "error": str(error)[:300]}
            said = [entry for entry in stub.log[before:] if not entry.condense]
            yield {
                "turn": turn.key,
                "question": turn.question,
                "reply": reply,
                "model": said[-1].reply if said else None,
                "lied": bool(said and said[-1].lied),
                "system": said[-1].system if said else "",
            }
    finally:
        process.terminate()
        process.wait(30)


def _streamed(base: str, asked: dict[str, str], key: str) -> Row:
    """Return the `done` of a stream; an error where its tokens or sources are others."""
    request = urllib.request.Request(
        f"{base}/api/v1/chat",
        json.dumps({**asked, "stream": True}).encode(),
        {"X-API-Key": key, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=180) as reply:
        text = reply.read().decode()
    events = re.findall(r"event: ?(\w+)\r?\ndata: ?(.*)", text)
    found = {name: json.loads(data) for name, data in events}
    if "done" not in found:
        return {"answer": "", "error": f"no done: {text[-200:]}"}
    done: Row = found["done"]
    told = "".join(json.loads(data)["text"] for name, data in events if name == "token")
    shown = found["sources"]
    shown = shown["sources"] if isinstance(shown, dict) else shown
    if told != done["answer"] or len(shown) != len(done["sources"]):
        return {"answer": "", "error": "the stream's tokens or sources are not those of done"}
    return done


def _module(folder: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("dialogs_judge", folder / "judge.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _options() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--dialogs", type=lambda name: Path(name) if name else None)
    parser.add_argument("--model", default="", choices=["", *MODELS])
    parser.add_argument("--json", type=lambda name: Path(name) if name else None)
    parser.add_argument("--session", nargs="*", help="hold only these conversations")
    parser.add_argument("--show", nargs="*", default=[], help="print these turns: wrong, all, …")
    parser.add_argument("--stream", action="store_true", help="ask a bad model's turns by streams")
    options, rest = parser.parse_known_args()
    shown = ["--show", *options.show] if options.show else []
    return options, [*rest, *shown]


def _chosen(turns: Sequence[Turn], sessions: Sequence[str] | None) -> list[Turn]:
    return [turn for turn in turns if not sessions or turn.session in sessions]


def _figures(rows: dict[str, Row]) -> str:
    total = Counter(row["class"] for row in rows.values())
    clean = _percent(total["clean"], len(rows))
    right = _percent(total["clean"] + total["right"], len(rows))
    wrong = _percent(total["wrong"], len(rows))
    return f"clean {clean}, clean or right {right}, wrong {wrong} of {len(rows)} turns"


def _share(some: Sequence[object], every: Sequence[object]) -> str:
    return f"{_percent(len(some), len(every))} ({len(some)} of {len(every)})"


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / max(1, whole):.1f} %"


def _save(found: Row, path: Path | None) -> None:
    if path is not None:
        path.write_text(json.dumps(found, indent=1, ensure_ascii=False), encoding="utf-8")


def _beside(path: Path | None) -> Path | None:
    return path.with_stem(f"{path.stem}-pdf-as-text") if path is not None else None


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


if __name__ == "__main__":
    main()
