from __future__ import annotations

import pytest

from ragtenancy.domain.line_joints import joined_lines


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["供应商应当在收到发", "票之后付款"], "供应商应当在收到发票之后付款"),
        (["契約の期間は三年とす", "る。", "次の"], "契約の期間は三年とする。次の"),
        (["カタロ", "グ"], "カタログ"),
        (["계약 기간은", "삼 년이다."], "계약 기간은 삼 년이다."),
        (["ค่าเช่าต้องชำระภาย", "ในห้าวัน"], "ค่าเช่าต้องชำระภายในห้าวัน"),
        (["ការទូទាត់ត្រូវ", "ធ្វើ"], "ការទូទាត់ត្រូវធ្វើ"),
        (["使用Python", "编写"], "使用Python编写"),
        (["使用 Python 和 Rust", "编写的 SDK 文档"], "使用 Python 和 Rust 编写的 SDK 文档"),
        (["价格为", "30元"], "价格为30元"),
        (["（附件", "A）。", "Next"], "（附件A）。Next"),
        (["one", "two"], "one two"),
        (["", " one ", ""], "one"),
        ([], ""),
    ],
)
def test_lines_are_joined_as_their_script_is_written(lines: list[str], expected: str) -> None:
    assert joined_lines(lines) == expected
