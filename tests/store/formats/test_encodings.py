"""Text in other encodings is read, and a broken line is a broken line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dprep.store.formats import File, Reading, ranges, read

CHINESE = [
    "你好，我想查询一下我的订单什么时候可以发货",
    "银行卡被锁住了怎么办",
    "请帮我把会议改到明天下午三点",
    "谢谢你的帮助，问题已经解决了",
]
JAPANESE = [
    "注文した商品がまだ届いていません",
    "パスワードを忘れてしまいました",
    "返品の手続きを教えてください",
    "ありがとうございます、助かりました",
]
FRENCH = [
    "Où est ma commande, s'il vous plaît ?",
    "J'ai été débité deux fois ce mois-là",
    "Ça ne marche pas très bien",
    "Réponse reçue à l'été",
]
RUSSIAN = ["Здравствуйте, где мой заказ?", "Не могу войти в личный кабинет", "Спасибо большое за помощь", "Хочу вернуть товар"]
POLISH = [
    "Gdzie jest moje zamówienie?",
    "Proszę o zwrot pieniędzy",
    "Dziękuję bardzo za pomoc",
    "Nie mogłem się zalogować, hasło wygasło",
]
TURKISH = [
    "Siparişim nerede kaldı acaba?",
    "Şifremi unuttum, ne yapmalıyım",
    "Teşekkür ederim, çok güzel",
    "Ürünü iade edeceğim",
]
GERMAN = [
    "Wo bleibt meine Bestellung, bitte schön?",
    "Für die Rückgabe fallen Gebühren an",
    "Übermäßig große Größe",
    "“Ja” – gut…",
]


def texts(folder: Path, name: str, data: bytes, **reading: object) -> list[str]:
    (folder / name).write_bytes(data)
    chunks = list(read(File(name, str(folder / name), len(data)), Reading(**reading)))  # type: ignore[arg-type]
    assert not any(chunk.rejected for chunk in chunks)
    return [text for chunk in chunks for text in chunk.rows["text"]]


@pytest.mark.parametrize(
    ("lines", "encoding"),
    [
        (CHINESE, "gb18030"),
        (CHINESE, "gbk"),
        (CHINESE, "big5"),
        (CHINESE, "utf-16"),
        (CHINESE, "utf-8-sig"),
        (CHINESE, "utf-32"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
        (JAPANESE, "iso2022_jp"),
        (FRENCH, "latin-1"),
        (FRENCH, "cp1252"),
        (GERMAN, "cp1252"),
        (POLISH, "cp1250"),
        (TURKISH, "cp1254"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8_r"),
    ],
)
class TestEachEncoding:
    def test_stated_encodings_are_read(self, lines: list[str], encoding: str, tmp_path: Path) -> None:
        wanted = [line for line in lines if _fits(line, encoding)]
        document = "".join(json.dumps({"text": line}, ensure_ascii=False) + "\n" for line in wanted)

        assert texts(tmp_path, "a.txt", "\n".join(wanted).encode(encoding), encoding=encoding) == wanted
        assert (
            texts(tmp_path, "a.csv", ("text\n" + "".join(f'"{line}"\n' for line in wanted)).encode(encoding), encoding=encoding)
            == wanted
        )
        assert texts(tmp_path, "a.jsonl", document.encode(encoding), encoding=encoding) == wanted
        assert (
            texts(tmp_path, "a.json", f"[{document.strip().replace(chr(10), ',')}]".encode(encoding), encoding=encoding)
            == wanted
        )

    def test_unstated_encodings_are_detected(self, lines: list[str], encoding: str, tmp_path: Path) -> None:
        if encoding == "iso2022_jp":
            pytest.skip("its bytes are ASCII: nothing tells it from plain text")
        wanted = [line for line in lines if _fits(line, encoding)] * 10

        assert texts(tmp_path, "a.txt", "\n".join(wanted).encode(encoding)) == wanted
        assert texts(tmp_path, "a.txt", "\n".join(wanted).encode(encoding), options={"unit": "file"}) == ["\n".join(wanted)]


def _fits(line: str, encoding: str) -> bool:
    try:
        return bool(line.encode(encoding))
    except UnicodeEncodeError:
        return False


def test_broken_lines_cost_themselves_only(tmp_path: Path) -> None:
    good = [json.dumps({"text": line}, ensure_ascii=False).encode() for line in CHINESE * 50]
    data = b"\n".join(
        [*good[:100], b'{"text": "caf\xe9"}', b'{"text": "\xff\xfe"}', b'{"text": "x\x80"}', b'{"text": "\xc0"}', *good[100:]]
    )
    (tmp_path / "a.jsonl").write_bytes(data)

    (chunk,) = read(File("a.jsonl", str(tmp_path / "a.jsonl")), Reading())

    assert chunk.rows["text"].to_list() == CHINESE * 50
    assert [(r.line, r.reason) for r in chunk.rejected] == [(n, "invalid-bytes") for n in (101, 102, 103, 104)]


def test_a_long_line_with_one_stray_byte_is_still_utf8(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(json.dumps({"text": "你好" * 500}, ensure_ascii=False).encode()[:-2] + b'\xff"}\n')

    (chunk,) = read(File("a.jsonl", str(tmp_path / "a.jsonl")), Reading())

    assert [(r.reason, r.detail) for r in chunk.rejected] == [("invalid-bytes", "byte 0xff at column 1011 is not UTF-8")]


def test_files_whose_lines_cannot_be_told_by_a_byte_are_one_range(tmp_path: Path) -> None:
    lines = "\n".join(CHINESE * 20)

    assert len(_ranges(tmp_path, lines.encode("gb18030"))) > 10
    assert len(_ranges(tmp_path, lines.encode())) > 10
    assert _ranges(tmp_path, lines.encode("utf-16")) == [(0, -1)]


def _ranges(folder: Path, data: bytes) -> list[tuple[int, int]]:
    (folder / "a.txt").write_bytes(data)
    return ranges(File("a.txt", str(folder / "a.txt"), len(data)), Reading(), 100)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_shows_without_a_mark(encoding: str, tmp_path: Path) -> None:
    assert texts(tmp_path, "a.txt", "Where is my order?\nThank you, 谢谢\n".encode(encoding)) == [
        "Where is my order?",
        "Thank you, 谢谢",
    ]


@pytest.mark.parametrize(
    ("line", "encoding"),
    [
        ("你好，世界 number 7 hello there friend", "gb18030"),
        ("甲乙丙丁", "gb18030"),
        ("床前明月光，疑是地上霜", "gb18030"),
        ("繁體中文，測試", "big5"),
        ("안녕하세요 주문한 물건이", "cp949"),
        ("注文した商品がまだ届きません。", "euc_jp"),
        ("注文した商品がまだ届きません。", "cp932"),
    ],
)
def test_a_file_of_few_different_characters_is_not_taken_for_another_language(line: str, encoding: str, tmp_path: Path) -> None:
    data = "".join(json.dumps({"text": line}, ensure_ascii=False) + "\n" for _ in range(60)).encode(encoding)
    assert texts(tmp_path, "a.jsonl", data) == [line] * 60
