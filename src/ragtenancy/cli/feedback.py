"""`ragtenancy eval feedback`: a judged set from a client's documents and feedback."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ragtenancy.cli.installation import serve_tenant
from ragtenancy.cli.options import AsJson, Client, DataDir
from ragtenancy.cli.output import counted, print_json


def feedback(
    client: Client,
    write: Annotated[
        Path, typer.Option(help="The folder for corpus.jsonl, queries.jsonl and qrels.tsv.")
    ],
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Write a client's documents and the feedback on answers as a judged set, for `eval`.

    A question counts if its feedback names the right document, or rates up an answer: then the
    documents that the answer cites are right.
    """
    from ragtenancy.cli.judged_files import write_judged_set
    from ragtenancy.library.evaluating import judged_by_feedback

    judged_set, left_out = serve_tenant(client, judged_by_feedback, data_dir)
    corpus, queries, qrels = write_judged_set(write, judged_set)
    questions = len(judged_set.questions)
    if as_json:
        print_json(
            {"questions": questions, "documents": len(judged_set.texts), "left_out": left_out}
        )
        return
    print(f"{counted(questions, 'question')}, {counted(len(judged_set.texts), 'document')}.")
    if left_out:
        print(f"{counted(left_out, 'question')} left out: no active document is known to be right.")
    print(f"ragtenancy eval --corpus {corpus} --queries {queries} --qrels {qrels}")
