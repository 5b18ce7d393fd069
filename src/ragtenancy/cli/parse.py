"""`ragtenancy parse`: the text that ingestion reads from a file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ragtenancy.cli.options import AsJson
from ragtenancy.cli.output import print_json, visible

if TYPE_CHECKING:
    from ragtenancy.domain.parsed import Block, ParsedDocument


def parse(
    file: Annotated[Path, typer.Argument(help="A document in a supported format.", exists=True)],
    chunks: Annotated[bool, typer.Option("--chunks", help="Print the chunks instead.")] = False,
    charset: Annotated[
        str | None, typer.Option("--charset", help="The encoding of a text file, such as gb18030.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the text that ingestion reads from a file, or its blocks; needs no data folder."""
    from ragtenancy.library.parsing import parse_file
    from ragtenancy.settings import load_settings

    macros = load_settings().read_macro_files
    document = asyncio.run(parse_file(file, charset=charset, read_macro_files=macros))
    if chunks:
        _print_chunks(document, as_json=as_json)
    elif as_json:
        print_json(_facts(document))
    else:
        print(visible(as_text(document)))
    if chunks or not as_json:
        for warning in _warnings(document):
            typer.echo(f"warning: {warning}", err=True)


def _warnings(document: ParsedDocument) -> list[str]:
    """Return the document's warnings, and one that names the files in it, which are not read."""
    from ragtenancy.domain.attachments import unread_attachments

    return [*document.warnings, *unread_attachments(document.attachments)]


def _print_chunks(document: ParsedDocument, *, as_json: bool) -> None:
    from ragtenancy.domain.chunks import PATH_SEPARATOR
    from ragtenancy.library.parsing import chunks_of

    found = chunks_of(document)
    if as_json:
        print_json(found)
        return
    for chunk in found:
        page = "" if chunk.page is None else f", page {chunk.page}"
        path = visible(PATH_SEPARATOR.join(chunk.section))
        print(f"--- {chunk.ordinal}: {chunk.token_count} tokens{page}  {path}".rstrip())
        print(visible(chunk.text))


def as_text(document: ParsedDocument) -> str:
    """Return a document as text, with headings and tables in Markdown."""
    from ragtenancy.domain.parsed import ListItem

    text = f"# {document.title}" if document.title else ""
    in_list = False
    for block in document.blocks:
        goes_on = in_list and isinstance(block, ListItem)
        in_list = isinstance(block, ListItem)
        if words := _text(block):
            text += ("\n" if goes_on else "\n\n") + words
    return text.strip()


def _text(block: Block) -> str:
    from ragtenancy.domain.parsed import Heading, ListItem, Note, Picture, Table
    from ragtenancy.domain.tables import markdown_lines

    match block:
        case Heading(level=0):
            return ""
        case Heading(text=text, level=level):
            return f"{'#' * min(level + 1, 6)} {text}"
        case ListItem(text=text, marker=marker, depth=depth):
            return f"{'  ' * depth}{marker or '-'} {text}"
        case Table():
            caption = f"{block.caption}\n\n" if block.caption else ""
            return caption + "\n".join(markdown_lines(block))
        case Picture(alternative_text=text):
            return f"[picture: {text}]" if text else "[picture]"
        case Note(text=text, kind=kind):
            return f"[{kind}: {text}]"
        case _:
            return block.text


def _facts(document: ParsedDocument) -> dict[str, object]:
    """Return the document as JSON values, without the pictures' bytes."""
    return {
        "title": document.title,
        "blocks": document.blocks,
        "images": [
            {"media_type": image.media_type, "bytes": len(image.data)} for image in document.images
        ],
        "pages": document.pages,
        "warnings": _warnings(document),
        "attachments": [
            {"filename": attached.filename, "bytes": len(attached.data)}
            for attached in document.attachments
        ],
    }
