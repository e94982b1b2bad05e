from __future__ import annotations

import numpy as np
import pytest

from dprep.kernels.blocks import MEASURES, measures
from dprep.kernels.class_words import CONCEPTS, automaton, concepts
from dprep.kernels.forest import Forest, likelihoods
from dprep.kernels.markup import deepest, without
from dprep.kernels.outline import CHARS, CODE, COMMAS, ENDS, HIDDEN_ATTRIBUTE, LINK_CHARS, SENTENCES, WORD_COUNT, outline

PAGE = (
    '<html><body class="x"><div id="main" style="display: none"><p>One, two.</p>bare <a href="/">link here</a>'
    '<br><br>next</div><ul><li hidden="">你好。</li></ul></body></html>'
).encode()


def said(names: str) -> set[str]:
    found = concepts(np.frombuffer(names.encode(), np.uint8), 0, len(names), *automaton())
    return {concept for bit, concept in enumerate(CONCEPTS) if found >> bit & 1}


def test_blocks_end_where_block_level_elements_do():
    elements, blocks = outline(PAGE)
    texts = [PAGE[start:stop].decode() for start, stop in zip(blocks.start, blocks.stop, strict=True)]

    assert texts == ["One, two.", 'bare <a href="/">link here', "next", "你好。"]
    assert [elements.code[at] for at in blocks.element] == [CODE["p"], CODE["div"], CODE["div"], CODE["li"]]


def test_what_is_counted_of_blocks():
    numbers = outline(PAGE)[1].numbers

    assert numbers[:, CHARS].tolist() == [8, 12, 4, 6], "wide characters count twice"
    assert numbers[:, LINK_CHARS].tolist() == [0, 8, 0, 0]
    assert numbers[:, WORD_COUNT].tolist() == [2, 3, 1, 3]
    assert numbers[0, [COMMAS, SENTENCES, ENDS]].tolist() == [1, 1, 1]
    assert numbers[3, [COMMAS, SENTENCES, ENDS]].tolist() == [0, 1, 1]


def test_elements_form_a_tree():
    elements, _ = outline(PAGE)
    names = [CODE[name] for name in ("html", "body", "div", "p", "a", "ul", "li")]

    assert elements.code.tolist() == names
    assert elements.parent.tolist() == [-1, 0, 1, 2, 2, 1, 5]
    assert elements.end.tolist() == [7, 7, 5, 4, 5, 7, 7]


def test_hidden_elements_are_marked():
    elements, _ = outline(PAGE)

    assert (elements.flags >> HIDDEN_ATTRIBUTE & 1).tolist() == [0, 0, 1, 0, 0, 0, 1]


@pytest.mark.parametrize(
    ("names", "concept"),
    [
        ("articleBody", "article"),
        ("td-post-content", "article"),
        ("SocialShare", "share"),
        ("comment-list", "comments"),
        ("site_nav", "nav"),
        ("x  footer", "footer"),
        ("is-hidden", "hidden"),
    ],
)
def test_class_names_speak_for_concepts(names, concept):
    assert concept in said(names)


@pytest.mark.parametrize(("names", "concept"), [("canvas", "nav"), ("shadow", "ad"), ("header2top", "ad"), ("tagged", "tags")])
def test_pieces_of_other_words_do_not(names, concept):
    assert concept not in said(names)


def test_measures_have_a_value_for_every_block_and_name():
    table = measures(*outline(PAGE), PAGE)

    assert table.shape == (4, len(MEASURES))
    assert np.isfinite(table).all()
    assert len(set(MEASURES)) == len(MEASURES)


def test_a_forest_is_the_sum_of_its_trees():
    # two stumps on two features, by hand
    forest = Forest(
        np.array([0, 3], np.int32),
        np.array([0, -1, -1, 1, -1, -1], np.int16),
        np.array([5, 0, 0, 2, 0, 0], np.float32),
        np.array([1, 0, 0, 4, 0, 0], np.int32),
        np.array([2, 0, 0, 5, 0, 0], np.int32),
        np.array([0, 1, -1, 0, 10, 20], np.float32),
        -11.0,
    )
    table = np.array([[5, 2], [5.5, 2], [0, 3]], np.float32)

    assert likelihoods(table, forest) == pytest.approx([1 / (1 + np.exp(-x)) for x in (0, -2, 10)])


@pytest.mark.parametrize(
    ("markup", "depth"),
    [(b"", 0), (b"<", 0), (b"a < b", 0), (b"<b><i></i><u>", 2), (b"<br><br>", 0), (b"</b></b><b>", 1), (b"<B><b><b><b>", 3)],
)
def test_depth_is_counted_to_one_more_than_the_limit(markup, depth):
    assert deepest(markup, (("br", 1),), 2) == depth


def test_spans_are_cut_out():
    assert without(b"0123456789", np.array([1, 5], np.int32), np.array([3, 6], np.int32)) == b"0346789"
