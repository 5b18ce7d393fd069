"""Replies of the child process, whole, cut short and forged."""

from __future__ import annotations

import msgspec
import pytest

from ragtenancy.adapters.formats.reply import Answer, Refused, Reply, decode, encode
from ragtenancy.domain.parsed import Attachment, Image, Paragraph, ParsedDocument

DOCUMENT = ParsedDocument(
    title="Prices",
    blocks=[Paragraph(text=f"The valve {number}.") for number in range(1_200)],
    images=[Image(data=b"\x89PNG", media_type="image/png")],
    warnings=["One page was empty."],
    pages=[1] * 1_200,
    attachments=[Attachment(filename=f"{name}.txt", data=name.encode()) for name in "ab"],
)


@pytest.mark.parametrize(
    "reply",
    [
        Answer(document=DOCUMENT),
        Answer(document=ParsedDocument(blocks=[])),
        Refused(code="corrupt_document", kind="ValueError"),
    ],
)
def test_a_reply_comes_back_as_it_was(reply: Reply) -> None:
    assert msgspec.json.encode(decode(encode(reply))) == msgspec.json.encode(reply)


@pytest.mark.parametrize("left", [0, 4, 8, 40, 30_000, -1])
def test_a_reply_that_is_cut_short_is_none(left: int) -> None:
    with pytest.raises(msgspec.MsgspecError):
        decode(encode(Answer(document=DOCUMENT))[:left])


def test_a_reply_without_its_last_part_is_none() -> None:
    whole, cut = (
        encode(Answer(document=msgspec.structs.replace(DOCUMENT, attachments=files)))
        for files in (DOCUMENT.attachments, DOCUMENT.attachments[:1])
    )

    with pytest.raises(msgspec.MsgspecError):
        decode(whole[: len(cut)])


@pytest.mark.parametrize("forged", [b"\xff" * 8, b"\xff" * 64, bytes(8), b"not a reply"])
def test_anything_else_is_no_reply(forged: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        decode(forged)
