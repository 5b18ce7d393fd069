"""Overviews: which document a message wants summarised, and where its parts begin."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from ragtenancy.domain.chunks import Chunk
from ragtenancy.domain.ids import DocumentId

_DOCUMENT = (
    r"(?:documents?|files?|handbook|manual|guide|policy|list|contract|agreement|report|notes|terms|brochure|sheet|faq|minutes"
    r"|presentation|slides|book|paper|dokument|datei|handbuch|anleitung|richtlinie|liste|vertrag|bericht|document|fichier"
    r"|manuel|contrat|rapport|documento|archivo|contrato|informe|\w+\.\w{2,5})"
)
_NAME = r"(?P<name>[^?!;:\n]{2,80}?)"
_BEFORE = (
    r"\A\W*(?:(?:please|hi|hello|hey|ok|okay|so|and|now|then|can|could|would|will|you|i|i'd|we|need|want|like|to|know|see|get"
    r"|have|give|show|me|us|write|tell|quickly|shortly|briefly|bitte|kannst du|können sie|gib mir|geben sie mir|ich"
    r"|möchte|brauche|und|also|s'il te plaît|s'il vous plaît|peux-tu|pouvez-vous|donne-moi|donnez-moi|et|dame|deme|por favor"
    r"|puedes|puede|y)\W+)*"
)
_ASKS = [
    re.compile(_BEFORE + pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:summari[sz]e|sum up|(?:a |an |the |brief |short |quick )*(?:overview|summary|outline) of) {_NAME}\W*\Z",
        rf"what(?:'s| is| are) {_NAME} (?:all )?about\W*\Z",
        rf"what (?:topics|subjects|things) (?:does|do|are in|is in) {_NAME}(?: (?:cover|deal with|contain|about))?\W*\Z",
        rf"what (?:does|do) (?P<name>[^?!;:\n]{{0,60}}?\b{_DOCUMENT}) (?:say|contain|cover|include|deal with)\W*\Z",
        rf"what(?:'s| is| stands) in (?P<name>[^?!;:\n]{{0,60}}?\b{_DOCUMENT})\W*\Z",
        rf"(?:show|give) me (?P<name>[^?!;:\n]{{0,60}}?\b{_DOCUMENT})\W*\Z",
        rf"(?:worum geht es|um was geht es|was steht|was steht so) (?:in|im|bei) {_NAME}\W*\Z",
        rf"(?:fasse?|fassen sie) {_NAME} zusammen\W*\Z",
        rf"(?:zusammenfassung|überblick|übersicht) (?:von|über|zu[mr]?|des|der) {_NAME}\W*\Z",
        rf"(?:de quoi (?:parle|traite|s'agit-il dans)|résume[rz]?|(?:un )?(?:résumé|aperçu) d[eu]s?) {_NAME}\W*\Z",
        rf"(?:de qué (?:trata|habla|va)|resume|resumir|(?:un )?resumen de[l]?) {_NAME}\W*\Z",
    )
]
_PARTS = re.compile(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])|[_\W]+")

SAY_NOTHING = (
    "the our my your this that a an of in for der die das dem den unser le la les du el los las company current new "
    "document documents file files list sheet spreadsheet page text pdf docx doc xlsx csv pptx html htm md txt "
    "dokument datei liste fichier documento archivo"
)
"""Words that do not distinguish documents."""


def above_parts(sections: Sequence[Sequence[str]]) -> Sequence[str]:
    """Return the headings above a document's parts: the title, and other lone headings.

    `sections` are the heading paths of its chunks, in order; text before the title has none.
    """
    given = [tuple(section) for section in sections if section]
    path: tuple[str, ...] = ()
    while True:
        deeper = [len(section) > len(path) for section in given]
        below = {section[len(path)] for section in given if len(section) > len(path)}
        if len(below) != 1 or deeper != sorted(deeper):  # an introduction may come first
            return path
        path += tuple(below)


class Overview(Struct, frozen=True, kw_only=True):
    """Marks passages as the openings of one document's parts: all, or only the first."""

    is_whole: bool


def document_asked(message: str) -> str | None:
    """Return the name of the document that a message wants an overview of, None otherwise."""
    found = (pattern.search(message.replace("\u2019", "'")) for pattern in _ASKS)
    return next((match["name"].strip() for match in found if match), None)


def words_of_name(name: str) -> str:
    """Return the words of a file's name, separated by spaces: `Price_List2026.xlsx`."""
    return " ".join(word for word in _PARTS.split(name) if word)


def named_document(
    asked: Collection[str], names: Mapping[DocumentId, Collection[str]]
) -> DocumentId | None:
    """Return the document whose name has every requested word and the fewest others.

    None if no name has them, or several fit equally; without a word, the only document.
    """
    fitting = {each: len(set(words)) for each, words in names.items() if set(asked) <= set(words)}
    if not asked:
        return next(iter(names)) if len(names) == 1 else None
    least = min(fitting.values(), default=0)
    closest = [each for each, size in fitting.items() if size == least]
    return closest[0] if len(closest) == 1 else None


def has_more_parts(chunks: Sequence[Chunk], shown: Sequence[Chunk]) -> bool:
    """Return whether a document has parts that begin with none of the shown chunks."""
    depth = len(above_parts([chunk.section for chunk in chunks])) + 1
    parts = {tuple(chunk.section[:depth]) for chunk in chunks}
    return bool(parts - {tuple(chunk.section[:depth]) for chunk in shown})


def openings(chunks: Sequence[Chunk], most: int) -> list[Chunk]:
    """Return the first chunks of a document's parts, in reading order, at most `most`.

    Its highest headings below the title mark its parts; if those are fewer, smaller sections are
    added.
    """
    if not chunks:
        return []
    depth = len(above_parts([chunk.section for chunk in chunks])) + 1
    chosen: dict[int, Chunk] = {}
    for key in (
        lambda chunk: tuple(chunk.section[:depth]),
        lambda chunk: chunk.section_ordinal,
        lambda chunk: chunk.ordinal,
    ):
        begun = set(map(key, chosen.values()))
        for chunk in chunks:
            if len(chosen) < most and key(chunk) not in begun:
                begun.add(key(chunk))
                chosen[chunk.ordinal] = chunk
    return [chosen[ordinal] for ordinal in sorted(chosen)]
