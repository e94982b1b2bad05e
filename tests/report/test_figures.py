"""Figures of every chapter, counted again without dprep: in the facts that machines get and on the page that people read."""

from __future__ import annotations

import io
import json
import math
import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import xxhash
from click.testing import CliRunner
from rich.console import Console

from dprep import api
from dprep.cli import main
from dprep.report.renderers import markdown, terminal
from tests.report.mixed import Mixed, Row, by, make
from tests.report.pages import Page, check

PARTS = ("train", "test")


class Told(NamedTuple):
    """What is true, and what the report says of it."""

    made: Mixed
    facts: dict[str, Any]
    page: Page


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    made = make(tmp_path_factory.mktemp("mixed") / "work")
    printed = CliRunner().invoke(main.cli, ["report", "mixed@v1", "--json", "--store", str(made.store)])
    assert printed.exit_code == 0, printed.output
    page = check((made.folder / "report.html").read_text(encoding="utf-8"), "mixed@v1")
    return Told(made, json.loads(printed.stdout)["chapters"], page)


def cleaned(text: str) -> str:
    """As `clean.whitespace` leaves texts whose only blanks are spaces."""
    return re.sub(" +", " ", text).strip()


def words(text: str) -> list[str]:
    """Each han character, and each run of other letters and digits."""
    return re.findall(r"[\u4e00-\u9fff]|[^\W_\u4e00-\u9fff]+", text.lower())


def characters(rows: Iterable[Row]) -> int:
    return sum(len(row["text"]) for row in rows)


def left_at(made: Mixed, step: str) -> list[Row]:
    return [row for row in made.dropped if row["step"] == step]


def percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %"


def source_of(row: Row) -> str:
    return str(row["origin"]).partition(".")[0]


STEPS = ["whitespace", "length", "wanted", "exact", "minhash", "stratified", "noise", "leaks"]


def test_rows_of_every_step_are_those_of_the_files(told: Told) -> None:
    rows = len(told.made.read)
    lines = {line["stage"]["name"]: line["stage"] for line in told.facts["funnel"]["lines"]}
    assert list(lines) == ["read", *STEPS]
    for step in STEPS:
        gone = len(left_at(told.made, step))
        new = sum(row["made_by"] == step for row in told.made.kept)
        assert (lines[step]["rows_in"], lines[step]["dropped"], lines[step]["added"]) == (rows, gone, new)
        rows += new - gone
        shown = [told.page.cell("funnel", step, column, "Characters out") for column in ("Dropped", "Added", "Out")]
        assert shown == [f"{gone:,}", f"{new:,}", f"{rows:,}"]
    assert rows == len(told.made.kept) == 400 + 99 - 118


def test_characters_of_every_step_are_those_of_the_texts(told: Told) -> None:
    before = characters(told.made.read)
    after = sum(len(cleaned(row["text"])) for row in told.made.read)
    lines = {line["stage"]["name"]: line["characters"] for line in told.facts["funnel"]["lines"]}
    assert lines["whitespace"] == {"in": before, "dropped": 0, "added": 0, "changed": after - before, "out": after}
    left = after
    for step in STEPS[1:]:
        gone = characters(left_at(told.made, step))
        new = characters(row for row in told.made.kept if row["made_by"] == step)
        assert (lines[step]["in"], lines[step]["dropped"], lines[step]["added"]) == (left, gone, new)
        left += new - gone
        assert told.page.cell("funnel", step, "Characters out") == f"{left:,}"
    assert left == characters(told.made.kept)
    edited = f"{before - after:,} characters fewer by editing ({percent(before - after, before)})"
    assert edited in told.page.section("steps").text


def test_changed_rows_are_those_whose_text_is_another(told: Told) -> None:
    changed = sum(cleaned(row["text"]) != row["text"] for row in told.made.read)

    assert told.facts["steps"]["steps"][1]["changed"] == changed > 50
    assert told.page.cell("funnel", "whitespace", "Changed") == str(changed)


@pytest.mark.parametrize(("column", "title"), [("source", "Source"), ("lang", "Language"), ("label", "Label")])
def test_groups_of_the_funnel_are_counted_from_input_kept_and_dropped(told: Told, column: str, title: str) -> None:
    made, key = told.made, source_of if column == "source" else lambda row: row[column]
    read, kept, dropped = by(made.read, lambda row: row[column]), by(made.kept, key), by(made.dropped, key)
    facts = next(each for each in told.facts["funnel"]["by"] if each["column"] == column)["groups"]

    assert {each["name"] for each in facts} == set(read)
    for each in facts:
        out, new = len(kept.get(each["name"], [])), sum(row["made_by"] is not None for row in kept.get(each["name"], []))
        truth = [len(read[each["name"]]), new, len(dropped.get(each["name"], [])), out]
        assert [each["read"], each["added"], each["dropped"], each["out"]] == truth
        shown = [told.page.cell("funnel", each["name"], head, title) for head in ("Read", "Added", "Dropped", "Out")]
        assert shown == [str(number) for number in truth]
        share = "0 %" if not out else percent(out, truth[0] + new)
        assert told.page.cell("funnel", each["name"], "Left of those read and added", title) == share


def test_what_a_step_added_is_told_by_label(told: Told) -> None:
    new = Counter(row["label"] for row in told.made.kept if row["made_by"] == "noise")

    assert told.facts["funnel"]["made"][0]["labels"] == {label: [count, count] for label, count in new.items()}
    for label, count in new.items():
        assert told.page.cell("funnel", label, "Rows made") == str(count)


def test_a_record_that_is_cut_off_is_counted_among_all_records(told: Told) -> None:
    lines = [line for path in told.made.sources.values() for line in path.read_text(encoding="utf-8").splitlines()]
    bad = [line for line in lines if not line.endswith("}")]

    assert [(each["reason"], each["records"]) for each in told.facts["funnel"]["rejected"]] == [("malformed-json", len(bad))]
    assert f"{len(bad)} of {len(lines)} records" in told.page.section("funnel").text
    assert told.page.cell("lineage", "forum", "Rejected") == str(len(bad))


def test_the_histogram_has_the_words_of_every_row_and_the_share_below_the_bound(told: Told) -> None:
    counts = Counter(len(words(cleaned(row["text"]))) for row in told.made.read)
    step = told.facts["steps"]["steps"][2]
    bins = next(measure for measure in step["measures"] if measure["name"] == "words")["bins"]

    assert {each["low"]: each["count"] for each in bins if each["count"] and each["high"] <= 16} == {
        number: count for number, count in sorted(counts.items()) if number < 16
    }
    assert sum(each["count"] for each in bins) == 400
    below = sum(count for number, count in counts.items() if number < 4)
    assert f"min 4: {below} of 400 rows ({percent(below, 400)}) below" in told.page.section("steps").text


def test_a_bound_alone_would_drop_the_rows_beyond_it(told: Told) -> None:
    texts = [cleaned(row["text"]) for row in told.made.read]
    beyond = {"min_words": sum(len(words(text)) < 4 for text in texts), "max_characters": sum(len(t) > 150 for t in texts)}

    assert {each["parameter"]: each["beyond"] for each in told.facts["steps"]["steps"][2]["bounds"]} == beyond
    for name, count in beyond.items():
        assert told.page.cell("steps", name, "Rows that it alone would drop") == str(count)
        gone = sum(row["reason"] == name for row in told.made.dropped)
        assert told.page.cell("steps", name, "Rows dropped for this reason") == str(gone)


def test_border_rows_are_the_nearest_to_the_bound(told: Told) -> None:
    forum = [row for row in told.made.read if row["source"] == "forum"]
    long = sorted((len(cleaned(row["text"])), f"forum.jsonl:{line}") for line, row in enumerate(forum, 1))
    first = next(each for each in long if each[0] > 150)
    last = max(size for size, _ in long if size <= 150)
    bound = told.facts["steps"]["steps"][2]["bounds"][1]

    assert (bound["gone"][0]["value"], bound["gone"][0]["row"]["origin"]) == first
    assert (bound["kept"][0]["value"], bound["kept"][0]["row"]["origin"]) in long
    assert bound["kept"][0]["value"] == last
    cards = [dict(zip([n.text for n in card.all("dt")], [n.text for n in card.all("dd")], strict=True))
             for card in told.page.section("steps").all("li") if card.all("dt")]  # fmt: skip
    near = [card for card in cards if card.get("outcome") == "dropped" and card["origin"] == first[1]]
    assert [card["characters"] for card in near] == [str(first[0])]


def test_clusters_are_counted_by_the_twin_that_each_dropped_row_names(told: Told) -> None:
    for step, said in zip(("exact", "minhash"), told.facts["duplicates"]["steps"], strict=True):
        copies = Counter(row["twin"] for row in left_at(told.made, step))
        sizes = Counter(count + 1 for count in copies.values())
        assert (said["clusters"]["count"], said["clusters"]["rows"]) == (len(copies), sum(copies.values()) + len(copies))
        assert {each["low"]: each["clusters"] for each in said["clusters"]["sizes"] if each["clusters"]} == sizes
        assert told.page.cell("duplicates", step, "Clusters") == str(len(copies))
        assert told.page.cell("duplicates", step, "Dropped", "Clusters") == str(sum(copies.values()))
    assert [said["dropped"] for said in told.facts["duplicates"]["steps"]] == [20, 12]


def test_leaks_are_rows_of_test_whose_text_is_in_train(told: Told) -> None:
    train = {row["text"] for row in told.made.kept_in("train")}
    leaks = sum(row["text"] in train for row in told.made.kept_in("test"))

    (pair,) = told.facts["duplicates"]["leaks"][0]["pairs"]
    assert (pair["exact"], pair["rows"]) == (leaks, len(told.made.kept_in("test")))
    assert told.page.cell("duplicates", "test", "Equal texts") == str(leaks)
    assert f"{leaks} rows are in two parts" in told.page.root.all("ul", class_="notices")[0].text


def test_labels_are_counted_per_part(told: Told) -> None:
    counts = {part: Counter(row["label"] for row in told.made.kept_in(part)) for part in PARTS}

    for each in told.facts["parts"]["labels"]["largest"]:
        assert each["rows"] == [counts[part][each["label"]] for part in PARTS]
        assert told.page.cell("parts", each["label"], "train", "Share") == str(counts["train"][each["label"]])
        whole = sum(counts[part][each["label"]] for part in PARTS)
        assert told.page.cell("parts", each["label"], "Share", "train") == percent(whole, len(told.made.kept))


def test_effective_classes_are_the_exponential_of_the_entropy(told: Told) -> None:
    for said in told.facts["parts"]["labels"]["balance"]:
        counts = Counter(row["label"] for row in told.made.kept_in(said["part"])).values()
        entropy = -sum(count / sum(counts) * math.log(count / sum(counts)) for count in counts)
        assert said["effective"] == pytest.approx(math.exp(entropy), rel=1e-5)
        assert told.page.cell("parts", said["part"], "Effective classes") == f"{math.exp(entropy):.1f}"


def test_lengths_of_a_part_have_their_median_and_mean(told: Told) -> None:
    for said in told.facts["parts"]["lengths"][0]["groups"]:
        sizes = [len(row["text"]) for row in told.made.kept_in(said["name"])]
        assert said["median"] == statistics.median(sizes)
        assert said["mean"] == pytest.approx(statistics.mean(sizes), rel=1e-5)
        assert said["most"] == max(sizes)
        assert told.page.cell("parts", said["name"], "Median") == f"{statistics.median(sizes):g}"
        assert told.page.cell("parts", said["name"], "Mean") == f"{statistics.mean(sizes):.1f}"


def test_the_drift_of_lengths_is_cliffs_delta_over_all_pairs(told: Told) -> None:
    train, test = ([len(row["text"]) for row in told.made.kept_in(part)] for part in PARTS)
    delta = sum((a > b) - (a < b) for a in test for b in train) / (len(train) * len(test))

    said = next(each for each in told.facts["parts"]["drift"] if each["measure"] == "characters")
    assert said["effect"] == pytest.approx(delta, abs=1e-6)


def test_labels_that_differ_are_the_share_that_would_have_to_move(told: Told) -> None:
    counts = {part: Counter(row["label"] for row in told.made.kept_in(part)) for part in PARTS}
    shares = {part: {label: n / sum(count.values()) for label, n in count.items()} for part, count in counts.items()}
    moved = sum(abs(shares["train"][label] - shares["test"][label]) for label in shares["train"]) / 2

    said = next(each for each in told.facts["parts"]["drift"] if each["measure"] == "labels")
    assert said["moved"] == pytest.approx(moved, abs=1e-6)
    shown = {(line[0], line[1]): line for grid in told.page.tables("parts") for line in grid.lines if "Compared" in grid.head}
    assert f"{100 * moved:.1f} %" in shown["test", "labels"]


def test_conflicts_are_texts_with_two_labels(told: Told) -> None:
    texts = by(told.made.kept, lambda row: row["text"].strip().lower())
    torn = [rows for rows in texts.values() if len({row["label"] for row in rows}) > 1]

    said = told.facts["parts"]["conflicts"]
    assert (said["texts"], said["rows"], said["looked_at"]) == (len(torn), sum(map(len, torn)), len(told.made.kept))
    assert len(torn) == 3
    assert f"{len(torn)} texts have different labels" in told.page.root.all("ul", class_="notices")[0].text


def test_scripts_are_shares_of_the_letters(told: Told) -> None:
    for said in told.facts["portrait"]["characters"]["parts"]:
        letters = [c for row in told.made.kept_in(said["part"]) for c in row["text"] if c.isalpha()]
        scripts = Counter("han" if unicodedata.name(c).startswith("CJK") else "latin" for c in letters)
        assert dict(said["scripts"]) == scripts
        assert said["characters"] == characters(told.made.kept_in(said["part"]))
        assert float(told.page.cell("portrait", said["part"], "han")) == pytest.approx(
            100 * scripts["han"] / len(letters), abs=0.001
        )


def test_n_grams_are_counted_as_they_stand(told: Told) -> None:
    for said in told.facts["portrait"]["ngrams"]["frequent"]:
        texts = [words(row["text"]) for row in told.made.kept_in(said["part"]) if row["lang"] != "zh"]
        grams = {
            1: Counter(word for text in texts for word in text),
            2: Counter(" ".join(pair) for text in texts for pair in pairwise(text)),
            3: Counter(" ".join(three) for text in texts for three in zip(text, text[1:], text[2:], strict=False)),
        }[said["order"]]
        latin = [(gram, count) for gram, count in said["grams"] if gram.isascii()]
        assert len(latin) > 5
        assert {gram: grams[gram] for gram, _ in latin} == dict(latin)


def test_the_vocabulary_and_the_words_train_does_not_know(told: Told) -> None:
    jieba = pytest.importorskip("jieba")
    found = {
        part: [
            word
            for row in told.made.kept_in(part)
            for word in (jieba.lcut(row["text"]) if row["lang"] == "zh" else words(row["text"]))
        ]
        for part in PARTS
    }
    said = {each["part"]: each for each in told.facts["portrait"]["vocabulary"]["parts"]}
    known = set(found["train"])
    unseen = [word for word in found["test"] if word not in known]

    for part in PARTS:
        assert (said[part]["words"], said[part]["different"]) == (len(found[part]), len(set(found[part])))
        assert said[part]["once"] == sum(count == 1 for count in Counter(found[part]).values())
    assert (said["test"]["unseen_words"], said["test"]["unseen_different"]) == (len(unseen), len(set(unseen)))
    assert told.page.cell("portrait", "test", "Words unseen in train") == percent(len(unseen), len(found["test"]))


def test_inputs_have_their_bytes_rows_and_hash(told: Told) -> None:
    for name, path in told.made.sources.items():
        (said,) = next(each["listed"] for each in told.facts["lineage"]["sources"] if each["name"] == name)
        data = path.read_bytes()
        assert said["hash"] == xxhash.xxh3_128_hexdigest(data) == told.page.cell("lineage", path.name, "Hash (xxh3-128)")
        assert said["bytes"] == len(data)
        assert said["rows"] == sum(row["source"] == name for row in told.made.read)
    for shard in told.facts["lineage"]["shards"]:
        data = (told.made.folder / shard["path"]).read_bytes()
        assert (shard["bytes"], shard["hash"]) == (len(data), xxhash.xxh3_128_hexdigest(data))


def test_the_place_that_decided_most_is_its_line_in_the_recipe(told: Told) -> None:
    recipe = (told.made.folder / "recipe.toml").read_text(encoding="utf-8").splitlines()
    most, count = Counter((row["step"], row["reason"]) for row in told.made.dropped).most_common(1)[0]

    first = told.facts["lineage"]["recipe"]["decided"][0]
    assert ((first["step"], first["reason"]), first["rows"]) == (most, count)
    assert recipe[first["line"] - 1].startswith("condition")


def test_the_verdict_has_the_numbers_of_the_files(told: Told) -> None:
    made, (verdict,) = told.made, told.page.root.all("div", class_="verdict")
    gone, kept, new = len(made.dropped), len(made.kept), sum(row["made_by"] is not None for row in made.kept)
    there = len(made.read) + new

    assert (
        f"{len(made.read)} rows in, {kept} out, {gone} of {there} dropped ({percent(gone, there)}), {new} added."
        in verdict.text
    )
    wanted = sum(row["step"] == "wanted" for row in made.dropped)
    assert f"Most went at wanted, reason condition ({wanted}); 1 record could not be read." in verdict.text
    parts = ", ".join(f"{part} {len(made.kept_in(part))} ({percent(len(made.kept_in(part)), kept)})" for part in PARTS)
    assert f"parts: {parts}." in verdict.text


def test_markdown_and_terminal_tell_the_same(told: Told, tmp_path: Path) -> None:
    report, made = api.report("mixed@v1", store=told.made.store), told.made
    written = io.StringIO()
    Console(file=written, width=120, color_system=None).print(terminal.render(report))
    told_in = {"markdown": markdown.render(report), "terminal": written.getvalue()}
    rows = {name: len(left_at(made, name)) for name in ("length", "wanted", "exact", "minhash")}

    left = len(made.read)
    for step, gone in rows.items():
        for text in told_in.values():
            line = next(line for line in text.splitlines() if re.match(rf"\|? *{step} .*\b{gone}\b", line))
            numbers = [int(number) for number in re.findall(r"(?<![\w_])\d+(?![\w_])", line)]
            assert numbers[:3] == [left, gone, left - gone]
        left -= gone
    for text in told_in.values():
        assert f"{len(made.read)} rows in, {len(made.kept)} out" in text
