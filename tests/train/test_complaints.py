"""What users of eighteen other tools complain about, and the tests that show it cannot happen here.

The numbers are those of the list of complaints that the design began from; the sentence says what went wrong elsewhere.
"""

from __future__ import annotations

import ast
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install dprep[train]")
pytest.importorskip("transformers", reason="needs transformers: pip install dprep[train]")
pytest.importorskip("peft", reason="needs peft: pip install dprep[train]")

from dprep.train import opened  # noqa: E402
from dprep.train.runs import Run  # noqa: E402
from dprep.train.tasks.classification import Classification  # noqa: E402
from tests.train.sets import model_of, rows_of, trained, version_of  # noqa: E402

torch.set_num_threads(1)

ANSWERED: dict[int, tuple[str, tuple[str, ...]]] = {
    1: (
        "truncation masks every label, the loss reads 0.0 and is NaN",
        (
            "test_loss_ledger::test_rows_whose_labels_are_all_masked_stop_the_run",
            "test_chat::test_an_answer_that_does_not_fit_is_left_out_with_its_reason",
            "test_chat::test_a_batch_without_anything_to_learn_has_no_loss",
            "test_steps::test_a_loss_that_is_no_number_stops_and_names_the_rows",
        ),
    ),
    2: (
        "rows can only be cut, not dropped, and nobody says that they were",
        (
            "test_chat::test_long_chats_can_be_left_out_instead_of_cut",
            "test_completion::test_long_rows_can_be_left_out_instead",
            "test_loss_ledger::test_cut_texts_above_the_budget_stop_the_run_and_name_rows_lengths_and_cures",
        ),
    ),
    3: (
        "the cut takes the token that ends the turn",
        (
            "test_chat::test_a_long_chat_loses_whole_turns_and_never_the_token_that_stops",
            "test_completion::test_a_completion_that_alone_is_too_long_is_cut_and_counted_as_target",
            "test_seq2seq::test_a_long_source_keeps_its_end_mark_and_a_long_target_does_not_teach_to_stop",
            "test_loss_ledger::test_not_one_answer_may_be_cut_unless_the_settings_say_so",
            "test_loss_ledger::test_a_stop_token_that_is_never_learnt_is_a_warning_with_rows",
        ),
    ),
    4: (
        "one limit means two things, and of a pair only one side is cut",
        (
            "test_preference::test_both_sides_lose_the_same_of_a_long_prompt",
            "test_preference::test_answers_that_are_too_long_end_at_the_same_length",
            "test_loss_ledger::test_targets_in_another_vocabulary_count_as_tokens_and_have_their_own_length",
        ),
    ),
    5: (
        "a mode that cuts cut nothing, and long documents were dropped in one mode and split in the other",
        (
            "test_text_task::test_every_token_of_a_long_text_is_learnt_exactly_once",
            "test_text_task::test_windows_of_an_encoder_hold_the_whole_text_between_its_marks",
            "test_classification::test_what_is_cut_is_counted",
        ),
    ),
    6: (
        "rows vanish, and what asks the model has another idea of length than what trained it",
        (
            "test_loss_ledger::test_rows_left_out_are_counted_by_reason_and_too_many_stop_the_run",
            "test_complaints::test_who_asks_a_run_cuts_where_training_cut",
        ),
    ),
    7: (
        "answers are found by comparing strings, none is found, and all labels are masked",
        (
            "test_templates::test_stock_templates_without_marks_learn_the_answers_and_their_ends",
            "test_templates::test_chats_without_an_assistant_are_a_problem_and_no_zero_loss",
            "test_chat::test_an_answer_that_does_not_fit_is_left_out_with_its_reason",
        ),
    ),
    8: (
        "stock templates mark no answers, so the mask is empty; or the token that stops is not in it",
        (
            "test_templates::test_stock_templates_without_marks_learn_the_answers_and_their_ends",
            "test_templates::test_a_template_that_never_ends_an_answer_is_a_problem",
            "test_templates::test_where_a_template_marks_answers_the_marks_help_out",
        ),
    ),
    9: (
        "the saved template is not that of training, texts begin twice, the model never stops",
        (
            "test_templates::test_trained_ids_are_those_of_the_saved_tokenizer",
            "test_templates::test_before_each_answer_stands_what_is_served_when_it_is_asked_for",
            "test_templates::test_a_text_that_begins_twice_is_a_problem",
            "test_templates::test_whoever_serves_the_model_is_told_where_it_stops",
            "test_templates::test_padding_that_ends_answers_is_told",
            "test_chat::test_whoever_serves_the_model_stops_it_at_the_end_of_a_turn",
            "test_chat::test_a_model_learns_chats_and_answers_and_stops",
            "test_tokenizer_files::test_padding_is_never_what_ends_an_answer",
        ),
    ),
    10: (
        "documents in a pack see each other; the loss of packs is three times that of rows",
        (
            "test_documents::test_packed_padded_and_alone_say_the_same",
            "test_documents::test_another_document_changes_no_bit_of_the_others",
            "test_documents::test_gradients_are_the_same_packed_and_padded",
            "test_documents::test_a_leak_between_documents_is_found_out",
            "test_chat::test_documents_do_not_see_each_other",
            "test_complaints::test_a_whole_run_has_the_same_losses_packed_and_padded",
        ),
    ),
    11: (
        "accumulated portions are not the large batch",
        (
            "test_steps::test_four_portions_of_four_rows_are_one_of_sixteen",
            "test_steps::test_the_loss_that_is_told_is_the_mean_over_items",
            "test_together::test_two_processes_give_what_one_gives_with_twice_the_batch",
            "test_chat::test_the_parts_of_a_large_batch_sum_up_to_it",
            "test_preference::test_the_parts_of_a_large_batch_sum_up_to_it",
            "test_seq2seq::test_the_parts_of_a_large_batch_sum_up_to_it",
        ),
    ),
    12: (
        "a run that goes on sees the rows of the first epoch again, or waits for hours",
        (
            "test_again::test_a_killed_run_goes_on_to_the_same_bits",
            "test_batch_plan::test_resuming_is_arithmetic",
            "test_batch_plan::test_every_epoch_has_an_order_of_its_own",
        ),
    ),
    13: (
        "steps are miscounted with packs, so the rate is wrong; tokens are made again after a crash",
        (
            "test_batch_plan::test_steps_are_known_before_the_first_one_also_of_packs",
            "test_complaints::test_packs_have_as_many_steps_as_were_told_and_the_rate_ends_with_them",
            "test_complaints::test_what_was_encoded_is_not_encoded_again",
        ),
    ),
    14: (
        "no scores of the task while training, or wrong ones from padding",
        (
            "test_complaints::test_scores_of_the_task_while_training_are_those_of_the_rows_alone",
            "test_heads_packed::test_padding_makes_no_difference",
        ),
    ),
    15: (
        "evaluation keeps all logits",
        (
            "test_steps::test_scoring_ten_times_the_rows_takes_no_more_memory",
            "test_head::test_whole_logits_of_a_batch_never_exist",
        ),
    ),
    16: (
        "the new head is not saved with the adapter and comes back random",
        (
            "test_matrix::test_it_learns_moves_what_it_names_and_comes_back",
            "test_methods::test_peft_alone_reads_what_was_saved_with_its_head",
            "test_methods::test_a_head_that_is_held_back_is_saved_all_the_same",
            "test_merging::test_what_is_merged_is_an_ordinary_model_with_the_same_answers",
        ),
    ),
    18: (
        "merging into a quantised base changes answers, unchecked",
        (
            "test_merging::test_nothing_is_merged_into_a_quantised_base",
            "test_merging::test_a_merge_that_changes_answers_is_a_problem",
        ),
    ),
    19: (
        "wrong formats are found late, without the row",
        (
            "test_contract::test_every_wrong_column_is_told_at_once",
            "test_contract::test_columns_must_be_of_the_types_that_a_task_reads",
            "test_chat::test_what_is_no_chat_is_left_out_with_its_reason",
            "test_steps::test_wrong_columns_and_unknown_models_are_told_before_anything_is_trained",
        ),
    ),
}
"""Number -> what went wrong, and the tests (in this folder) that it does not here."""
NOT_ANSWERED = {
    17: "search over a method's options is no part of training: a run takes them as settings, so that a search can set them",
    20: "kernels of others are not used; encoders are packed and their heads are computed on supervised rows only",
}


@cache
def named_in(file: str) -> frozenset[str]:
    tree = ast.parse((Path(__file__).parent / f"{file}.py").read_text("utf-8"))
    return frozenset(each.name for each in tree.body if isinstance(each, ast.FunctionDef))


@pytest.mark.parametrize("number", range(1, 21))
def test_every_complaint_has_a_test_or_a_reason(number: int) -> None:
    if number in NOT_ANSWERED:
        assert number not in ANSWERED
        return
    _, named = ANSWERED[number]
    assert named
    for each in named:
        file, test = each.split("::")
        assert test in named_in(file), each


def lines(run: Run, name: str) -> list[float]:
    told = map(json.loads, (run.folder / "log.jsonl").read_text("utf-8").splitlines())
    return [each[name] for each in told if name in each]


def test_who_asks_a_run_cuts_where_training_cut(tmp_path: Path) -> None:
    rows = [{**row, "text": f"{row['text']} {'very ' * 30}"} for row in rows_of("classification")]
    version, model = version_of(tmp_path, "classification", rows), model_of(tmp_path / "model", "classification")
    asked = {"max_length": 12, "max_truncated_share": 1.0, "max_leaked_share": 1.0, "max_steps": 1}
    run = trained(tmp_path, version, model, **asked).run
    task = opened.open_run(run, tmp_path / "store", "cpu").task
    assert task.limit == 12
    (example,) = task.encode([{"id": "x", **rows[0]}], 0)
    assert len(example.ids["input_ids"]) == 12
    assert example.cut["text"] > 0


@pytest.mark.parametrize(("task", "type"), [("chat", "qwen2"), ("tagging", "xlm-roberta"), ("classification", "modernbert")])
def test_a_whole_run_has_the_same_losses_packed_and_padded(task: str, type: str, tmp_path: Path) -> None:
    version, model = version_of(tmp_path, task), model_of(tmp_path / "model", task, type)
    asked: dict[str, Any] = {"optimizer": "sgd", "learning_rate": 1e-2, "max_steps": 3}
    packed = trained(tmp_path, version, model, name="packed", **asked).run
    padded = trained(tmp_path, version, model, name="padded", packing=False, **asked).run
    assert packed.told["plan"]["packed"]
    assert not padded.told["plan"]["packed"]
    assert lines(packed, "loss") == pytest.approx(lines(padded, "loss"), rel=1e-4)


def test_packs_have_as_many_steps_as_were_told_and_the_rate_ends_with_them(tmp_path: Path) -> None:
    version, model = version_of(tmp_path, "chat"), model_of(tmp_path / "model", "chat")
    asked = {"batch_tokens": 60, "epochs": 3, "schedule": "linear", "warmup": 0.0, "learning_rate": 1e-3}
    run = trained(tmp_path, version, model, **asked).run
    told = json.loads((run.folder / "plan.json").read_bytes())["steps"]
    rates = lines(run, "learning_rate")
    assert told == len(rates)
    assert told > 3
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] <= 1e-3 / told


def test_what_was_encoded_is_not_encoded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    version, model = version_of(tmp_path, "classification"), model_of(tmp_path / "model", "classification")
    trained(tmp_path, version, model, max_steps=1)

    def again(*_: Any) -> Any:
        raise AssertionError("encoded twice")

    monkeypatch.setattr(Classification, "encode", again)
    trained(tmp_path, version, model, max_steps=1, learning_rate=1e-3)


def test_scores_of_the_task_while_training_are_those_of_the_rows_alone(tmp_path: Path) -> None:
    """Each row by itself, or all in one portion with padding: the same scores, behind every epoch."""
    version, model = version_of(tmp_path, "tagging"), model_of(tmp_path / "model", "tagging")
    asked = {"epochs": 10, "learning_rate": 1e-2, "packing": False}
    alone = trained(tmp_path, version, model, name="alone", eval_batch_tokens=1, **asked)
    together = trained(tmp_path, version, model, name="together", eval_batch_tokens=8192, **asked)
    scores = lines(together.run, "eval_span_f1")
    assert len(scores) == 10
    assert len(set(scores)) > 3
    assert lines(alone.run, "eval_span_f1") == scores
