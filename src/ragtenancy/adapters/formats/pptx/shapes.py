"""The shapes of a slide, from top to bottom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.oxml.ns import qn
from pptx.shapes.autoshape import Shape
from pptx.shapes.base import BaseShape
from pptx.shapes.graphfrm import GraphicFrame
from pptx.shapes.group import GroupShape
from pptx.shapes.picture import Picture as PictureShape
from pptx.slide import Slide

from ragtenancy.adapters.formats.pptx.charts import chart_blocks
from ragtenancy.adapters.formats.pptx.frames import diagram_blocks, frame_blocks, table_block
from ragtenancy.adapters.formats.pptx.pictures import Gallery
from ragtenancy.domain.parsed import Block
from ragtenancy.domain.visible_text import visible_text

_REPEATED = (PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER)
_LISTS = (PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT)


def title_of(slide: Slide) -> str:
    """Return a slide's title in one line."""
    shape = slide.shapes.title
    return " ".join(visible_text(shape.text_frame.text).split()) if shape is not None else ""


class Shapes:
    """Reads shapes into blocks; counts what it cannot read."""

    def __init__(self, gallery: Gallery) -> None:
        self.gallery = gallery
        self.objects = 0

    def blocks_of(self, slide: Slide) -> Iterator[Block]:
        """Yield the blocks of a slide but its title, which the slide knows by its place."""
        title = slide.shapes.title
        own = None if title is None else title.shape_id
        others = (shape for shape in slide.shapes if shape.shape_id != own)
        yield from self._read(others)

    def _read(self, shapes: Iterable[BaseShape]) -> Iterator[Block]:
        for shape in sorted(shapes, key=_place):
            if isinstance(shape, GroupShape):
                yield from self._read(shape.shapes)
            elif not _is_repeated(shape):
                yield from self._blocks(shape)

    def _blocks(self, shape: BaseShape) -> Iterator[Block]:
        if isinstance(shape, PictureShape):
            yield self.gallery.picture(shape)
        elif isinstance(shape, GraphicFrame):
            yield from self._graphic(shape)
        elif isinstance(shape, Shape):
            yield from frame_blocks(shape.text_frame, is_list=_kind(shape) in _LISTS)

    def _graphic(self, shape: GraphicFrame) -> Iterator[Block]:
        if shape.has_table:
            yield table_block(shape.table)
        elif shape.has_chart:
            yield from chart_blocks(shape.chart._chartSpace)
        elif shape._element.find(f".//{qn('dgm:relIds')}") is not None:
            yield from diagram_blocks(shape)
        else:
            self.objects += 1


def _kind(shape: BaseShape) -> PP_PLACEHOLDER | None:
    return shape.placeholder_format.type if shape.is_placeholder else None


def _is_repeated(shape: BaseShape) -> bool:
    return _kind(shape) in _REPEATED


def _place(shape: BaseShape) -> tuple[int, int]:
    """Return a shape's top and left edges; a connector or unknown shape may have none."""
    return (shape.top or 0, shape.left or 0)
