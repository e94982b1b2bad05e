"""Looking up in sorted keys, against numpy and plain sets."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dprep.kernels.lookup import equal_content, first_place, jaccard_across, key_spans

KEYS = st.lists(st.one_of(st.integers(0, 2**64 - 1), st.sampled_from([0, 1, 7, 2**63, 2**64 - 1])), max_size=60)


def array(values: list[int]) -> np.ndarray:
    return np.array(values, np.uint64)


@given(KEYS, KEYS)
def test_places_and_spans_are_numpys(held, wanted):
    keys, asked = np.sort(array(held)), np.sort(array([*wanted, *held[:5]]))
    starts, ends = np.empty(len(asked), np.int64), np.empty(len(asked), np.int64)

    key_spans(asked, keys, starts, ends)

    assert [first_place(keys, key) for key in asked] == np.searchsorted(keys, asked, "left").tolist()
    there = np.searchsorted(keys, asked, "right") > np.searchsorted(keys, asked, "left")
    assert starts[there].tolist() == np.searchsorted(keys, asked, "left")[there].tolist()
    assert ends[there].tolist() == np.searchsorted(keys, asked, "right")[there].tolist()
    assert (ends - starts)[~there].tolist() == [0] * int((~there).sum())


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=30))
def test_equal_content_is_the_first_row_that_has_it(pairs):
    content = array([word for pair in pairs for word in pair]).reshape(-1, 2)
    order = np.lexsort((content[:, 1], content[:, 0]))
    wanted = array([word for a in range(4) for b in range(4) for word in (a, b)]).reshape(-1, 2)
    found = np.empty(len(wanted), np.int64)

    equal_content(wanted, content[order], order.astype(np.uint32), found)

    assert found.tolist() == [pairs.index((a, b)) if (a, b) in pairs else -1 for a in range(4) for b in range(4)]


@given(st.sets(st.integers(0, 40)), st.sets(st.integers(0, 40)))
def test_similarity_across_arrays_is_that_of_sets(a, b):
    found = jaccard_across(array(sorted(a)), 0, len(a), array(sorted(b)), 0, len(b))

    assert found == (len(a & b) / len(a | b) if a | b else 0.0)
