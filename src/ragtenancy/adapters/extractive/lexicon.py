"""Words of comparisons, as data."""

from __future__ import annotations

from collections.abc import Sequence

HIGHEST = ["most", "highest", "dearest", "longest", "largest", "biggest", "fastest", "heaviest", "loudest", "oldest", "tallest", "deepest", "widest", "strongest", "hottest", "warmest", "latest", "newest", "greatest", "farthest", "thickest", "teuerste", "teuersten", "höchste", "höchsten", "längste", "längsten", "größte", "größten", "schnellste", "schnellsten", "schwerste", "lauteste", "meisten", "meiste", "plus", "más", "mayor", "wärmste", "älteste", "best"]  # fmt: skip
LOWEST = ["least", "cheapest", "lowest", "shortest", "smallest", "slowest", "lightest", "quietest", "youngest", "fewest", "coldest", "coolest", "earliest", "nearest", "narrowest", "thinnest", "weakest", "günstigste", "günstigsten", "billigste", "billigsten", "niedrigste", "niedrigsten", "kürzeste", "kürzesten", "kleinste", "kleinsten", "leichteste", "leiseste", "wenigsten", "moins", "menos", "menor", "worst"]  # fmt: skip
# The adjective of a superlative or comparison, and the words of the column that measures it.
MEASURED_BY: Sequence[tuple[str, str]] = (
    (
        r"cheap|dear|expensive|günstig|billig|teuer|chère?|cher|cara?|barat[oa]|cost",
        "price cost fee rate",
    ),
    (r"heav|light|weigh|schwer|leicht", "weight"),
    (r"loud|quiet|noise|laut|leis", "noise"),
    (r"fast|slow|quick|schnell|langsam", "speed time"),
    (r"long|short|läng|kürz", "length duration time period term range loan"),
    (r"tall", "height"),
    (r"wide|narrow|breit", "width"),
    (r"big|large|small|größ|klein", "size capacity volume"),
    (r"strong|weak|powerful|stark", "power"),
    (r"hot|warm|cold|cool", "temperature"),
    (r"old|new|young|recent|late|early", "year date age release"),
    (r"far|near|close", "distance range"),
)
