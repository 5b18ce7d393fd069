"""A PDF document's title: among its properties, unless a program put it there, or its first line."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from ragtenancy.domain.parsed import Block, Heading, Paragraph
from ragtenancy.domain.visible_text import visible_text

_LONGEST = 300
_LONGEST_LINE = 80
_MOST_WORDS = 12
_ENDS_SENTENCE = re.compile(r"[.,;!?\u2026\u3002\uff0c\uff1b\uff01\uff1f\u061f]\W*\Z|[:\uff1a|\n]")
_PROGRAM = re.compile(
    r"\A\W*(?:microsoft (?:office )?(?:word|excel|powerpoint|publisher|visio|outlook|project)|"
    r"(?:libre|open|star)office(?:\.org)?(?: \w+)?|google (?:docs|sheets|slides)|notepad(?:\+\+)?|"
    r"wordpad|internet explorer|adobe (?:indesign|illustrator|photoshop|acrobat)|quarkxpress|"
    r"winword|corel\w*|pdfcreator|crystal reports|jasperreports)\s*(?:[-\u2013\u2014:]+\s*|\Z)",
    re.IGNORECASE,
)
_EXTENSIONS = (
    "docx? docm dotx? rtf od[tgsp] ott fod[tsp] wpd pages tex dvi e?ps indd qxp qxd ai psd cdr pptx? "
    "pptm ppsx? pub key xlsx? xls[mb] csv numbers vsdx? mpp txt html? xhtml aspx? php jsp md xml fm "
    "p65 pmd png jpe?g tiff? bmp gif pdf dwg dxf eml msg tmp prn o?xps rpt sxw sdw wps"
)
_FILE = re.compile(
    rf"\A[a-z]:[\\/]|\A\\\\|\A[a-z]+://\S+\Z|\Aabout:\w+\Z|[\\/][^\\/ ]+\.\w{{2,5}}\Z"
    rf"|\w\.(?:{'|'.join(_EXTENSIONS.split())})(?:\s*[^\w.].{{0,20}})?\Z",
    re.IGNORECASE,
)
_NAMES_A_FILE = re.compile(r"\S*(?:_\S*|\d{6,}\S*|[0-9a-f]{8}-[0-9a-f]{4}-\S+)", re.IGNORECASE)
# What programs call a new document: in order, English, German, French, Spanish, Italian,
# Portuguese, Dutch, Swedish, Danish, Norwegian, Polish, Czech, Russian, Turkish.
_NEW_WORDS = """
    untitled anonymous unspecified unknown unnamed none null undefined default title no new blank
    doc document word microsoft presentation powerpoint slide slides workbook worksheet sheet
    spreadsheet book layout print scan scanned image page copy of template
    unbenannt unbenanntes unbenannte ohne titel dokument neues präsentation folie mappe tabelle
    sans titre nom présentation diapositive classeur feuille feuil nouveau
    sin título documento nuevo presentación de diapositiva libro hoja cálculo
    senza titolo nome presentazione standard di diapositiva cartel foglio nuovo
    sem apresentação do pasta planilha novo
    naamloos naamloze presentatie dia map blad nieuw
    namnlös namnlöst bild ny nytt ikke navngivet ikke-navngivet unavngivet uten navn tittel uden
    bez tytułu nazwy prezentacja programu slajd zeszyt arkusz nowy
    názvu prezentace aplikace snímek sešit nový
    без названия имени документ презентация слайд книга лист новый
    adsız başlıksız belge doküman sunusu slayt yeni
    powerpoint-präsentation powerpoint-presentatie powerpoint-presentation
    بدون عنوان مستند عرض تقديمي في ללא כותרת מסמך מצגת של
    """  # noqa: RUF001 - Turkish
_NEW = frozenset(_NEW_WORDS.split())
_NEW_UNSPACED = re.compile(
    "(?:無題|无标题|無標題|未命名|未定义|タイトルなし|新規|新建|新しい|の|ドキュメント|文書|文档|文件|文書ファイル|"
    "プレゼンテーション|スライド|ブック|シート|演示文稿|幻灯片|简报|簡報|投影片|工作簿|工作表|제목|없음|없는|새|문서|"
    r"프레젠테이션|슬라이드|통합|파일|microsoft|word|powerpoint|excel|\s|\d)+"
)
_NUMBER = re.compile(r"[\d()\[\]#_-]*\Z")


def real_title(title: str, programs: Sequence[str] = ()) -> str:
    """Return a title that a person gave, empty if it is a file's name or a program's words.

    `programs` are those that wrote the file, by its properties.
    """
    shown = " ".join(visible_text(title).split())
    written_by = _PROGRAM.match(shown)
    if written_by:
        rest = shown[written_by.end() :]
        return real_title(rest) if " " in rest else ""
    is_program = bool(shown) and any(visible_text(each).startswith(shown) for each in programs)
    return "" if is_program or _is_junk(shown) else shown


def _is_junk(title: str) -> bool:
    if len(title) > _LONGEST or not any(map(str.isalpha, title)):
        return True
    if _FILE.search(title) or _NAMES_A_FILE.fullmatch(title):
        return True
    folded = unicodedata.normalize("NFC", title).casefold()
    words = [_NUMBER.sub("", word.strip(" .()[]<>{}\"'*")) for word in folded.split()]
    return all(not word or word in _NEW for word in words) or bool(_NEW_UNSPACED.fullmatch(folded))


def with_title(blocks: Sequence[tuple[int, Block]]) -> list[tuple[int, Block]]:
    """Return the blocks with their pages; if none is a heading, a first line that is no sentence is.

    Forms and letters have titles in the type of their text.
    """
    others = [block for _, block in blocks[1:]]
    first = blocks[0][1] if others else None
    has_heading = any(isinstance(block, Heading) for block in others)
    if not isinstance(first, Paragraph) or has_heading or not _is_title(first.text):
        return list(blocks)
    return [(blocks[0][0], Heading(text=first.text, level=1)), *blocks[1:]]


def _is_title(line: str) -> bool:
    is_short = len(line) <= _LONGEST_LINE and len(line.split()) <= _MOST_WORDS
    begins = line[0].isalpha() and not line[0].islower()
    return is_short and begins and not _ENDS_SENTENCE.search(line)
