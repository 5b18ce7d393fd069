"""Characters of symbol fonts, which files store as private code points or as letters.

From 0x20 to 0xFF, after Adobe's mapping of Symbol (unicode.org/Public/MAPPINGS/VENDORS/ADOBE) and
the mapping of Wingdings and Webdings in UTC L2/12-368. Rare characters are replaced by the
look-alikes that people search for: 🗸 by ✓, 🗶 by ✗, 🗷 by ☒, 🗹 by ☑, 🞏 by □, 🡪 by →.
"""

from __future__ import annotations

import re
from types import MappingProxyType

# ruff: noqa: RUF001 - symbol fonts contain look-alikes
_FIRST, _NONE = 0x20, "\0"
_TABLES = {
    "symbol": " !∀#∃%&∍()*+,−./0123456789:;<=>?"
    "≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_"
    "‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}~\0"
    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵"
    "ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓"
    "◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭\0",
    "wingdings": " 🖉✂✁👓🕭🕮🕯☎✆✉✉📪📫📬📭🗀🗁🗎🗏🗐🗄⌛🖮🖰🖲🖳🖴🖫🖬✇✍"
    "🖎✌🖏👍👎☜☞☝☟🖐☺😐☹💣🕱🏳🏱✈☼🌢❄🕆✞🕈✠✡☪☯🕉☸♈♉"
    "♊♋♌♍♎♏♐♑♒♓🙰🙵●○■□🞐❑❒🞟◆◆❖◆⌧⮹⌘🏵🏶🙶🙷▯"
    "⓪①②③④⑤⑥⑦⑧⑨⑩⓿❶❷❸❹❺❻❼❽❾❿🙢🙠🙡🙣🙞🙜🙝🙟∙•"
    "⬝○🞆🞈🞊🞋○▪☐🟁🟅★🟋🟏🟓🟑⯐⌖⯎⯏⯑✪✰🕐🕑🕒🕓🕔🕕🕖🕗🕘"
    "🕙🕚🕛⮰⮱⮲⮳⮴⮵⮶⮷🙪🙫🙕🙔🙗🙖🙐🙑🙒🙓⌫⌦⮘➢⮙⮛⮈⮊⮉⮋←"
    "→↑↓↖↗↙↘←→↑↓↖↗↙↘⇦⇨⇧⇩⬄⇳↖↗↙↘🢬🢭✗✓☒☑\0",
    "wingdings 2": " 🖊🖋🖌🖍✄✀🕾🕽🗅🗆🗇🗈🗉🗊🗋🗌🗍📋🗑🗔🖵🖶🖷🖸🖭🖯🖱🖒🖓🖘🖙"
    "🖚🖛👈👉🖜🖝🖞🖟🖠🖡👆👇🖢🖣🖑✗✓☒☑☒☒⮾⮿🛇⦸🙱🙴🙲🙳‽🙹🙺"
    "🙻🙦🙤🙥🙧🙚🙘🙙🙛⓪①②③④⑤⑥⑦⑧⑨⑩⓿❶❷❸❹❺❻❼❽❾❿\0"
    "☉🌕☽☾⸿✝🕇🕜🕝🕞🕟🕠🕡🕢🕣🕤🕥🕦🕧🙨🙩⋅🞄⦁●○🞅🞇🞉⊙⦿🞌"
    "🞍◾■□🞑🞒🞓🞔▣🞕🞖🞗🞘◆⬥◇🞚◈🞛🞜🞝🞞⬪⬧◊🞠◖◗⯊⯋⯀⯁"
    "⬟⯂⬣⬢⯃⯄🞡🞢🞣🞤🞥🞦🞧🞨🞩🞪🞫🞬🞭🞮🞯🞰🞱🞲🞳🞴🞵🞶🞷🞸🞹🞺"
    "🞻🞼🞽🞾🞿🟀🟂🟄🟆🟉🟊✶🟌🟎🟐🟒✹🟃🟇✯🟍🟔⯌⯍※⁂\0\0\0\0\0\0",
    "wingdings 3": " ←→↑↓↖↗↙↘⭰⭲⭱⭳⭶⭸⭻⭽⭤⭥⭪⭬⭫⭭⭍⮠⮡⮢⮣⮤⮥⮦⮧"
    "⮐⮑⮒⮓⮀⮃⭾⭿⮄⮆⮅⮇⮏⮍⮎⮌⭮⭯⎋⌤⌃⌥␣⍽⇪⮸←→←→←→"
    "←→←→←→←→↑↓↖↗↙↘🡘🡙▲▼△▽◀▶◁▷◣◢◤◥🞀🞂🞁\0"
    "🞃⯅⯆⯇⯈⮜⮞⮝⮟←→↑↓←→↑↓🠘🠚🠙🠛🠜🠞🠝🠟←→↑↓←→↑"
    "↓←→↑↓←→←→←→←🢜🢝🢞🢟→←→←→←→↑↓←→↑↓←→↑"
    "↓←→↑↓←→↑↓⮨⮩⮪⮫⮬⮭⮮⮯🡠🡢🡡🡣🡤🡥🡧🡦🡰🡲🡱🡳🡴🡵🡷"
    "🡶🢀🢂🢁🢃🢄🢅🢇🢆←→↑↓←→↑↓\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    "webdings": " 🕷🕸🕲🕶🏆🎖🖇🗨🗩🗰🗱🌶🎗🙾🙼🗕🗖🗗⏴⏵⏶⏷⏪⏩⏮⏭⏸⏹⏺🗚🗳"
    "🛠🏗🏘🏙🏚🏜🏭🏛🏠🏖🏝🛣🔍🏔👁👂🏞🏕🛤🏟🛳🕬🕫🕨🔈🎔🎕🗬🙽🗭🗪🗫"
    "⮔✔🚲⬜🛡📦🛱⬛🚑🛈🛩🛰🟈🕴⬤🛥🚔🗘✗❓🛲🚇🚍⛳⦸⊖🚭🗮⏐🗯🗲\0"
    "🚹🚺🛉🛊🚼👽🏋⛷🏂🏌🏊🏄🏍🏎🚘🗠🛢💰🏷💳👪🗡🗢🗣✯🖄🖅✉🖆🖹🖺🖻"
    "🕵🕰🖽🖾📋🗒🗓🕮📚🗞🗟🗃🗂🖼🎭🎜🎘🎙🎧💿🎞📷🎟🎬📽📹📾📻🎚🎛📺💻"
    "🖥🖦🖧🕹🎮🕻🕼📟🖁🖀🖨🖩🖿🖪🗜🔒🔓🗝📥📤🕳🌣🌤🌥🌦☁🌨🌧🌩🌪🌬🌫"
    "🌜🌡🛋🛏🍽🍸🛎🛍Ⓟ♿🛆🖈🎓🗤🗥🗦🗧🛪🐿🐦🐟🐕🐈🙬🙮🙭🙯🗺🌍🌏🌎🕊",
}
_FONTS = MappingProxyType(
    _TABLES | {"symbol mt": _TABLES["symbol"], "symbolmt": _TABLES["symbol"]}
    | {name.replace(" ", ""): table for name, table in _TABLES.items()}
    | {"wingdings-regular": _TABLES["wingdings"]}
)  # fmt: skip
_PRIVATE_USE = re.compile("[\ue000-\uf8ff]")
_PRIVATE_CODES = range(0xF000, 0xF100)
_LAST_CODE = 0xFF


def is_symbol_font(font: str) -> bool:
    """Return whether a font shows symbols in the place of letters."""
    return font.strip().lower() in _FONTS


def symbol(font: str, code: str) -> str:
    """Return the character for a hexadecimal code in a font, empty when it has none."""
    try:
        character = chr(int(code, 16))
    except (ValueError, OverflowError):
        return ""
    return _PRIVATE_USE.sub("", in_font(character, font))


def in_font(text: str, font: str) -> str:
    """Return text as a symbol font shows it; unchanged in any other font."""
    table = _FONTS.get(font.strip().lower())
    return text if table is None else "".join(_shown(table, each) for each in text)


def _shown(table: str, character: str) -> str:
    """Return a character's symbol, itself if the font has none for it."""
    place = _code(character) - _FIRST
    known = table[place] if 0 <= place < len(table) else _NONE
    if known != _NONE:
        return known
    return "" if _PRIVATE_USE.match(character) else character


def _code(character: str) -> int:
    """Return a character's place in the font, 0 for one that it cannot hold."""
    code = ord(character)
    if code in _PRIVATE_CODES:
        return code - _PRIVATE_CODES.start
    if code <= _LAST_CODE:
        return code
    encoded = character.encode("cp1252", "ignore")
    return encoded[0] if encoded else 0
