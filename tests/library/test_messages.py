"""What was skipped or changed is told once for all that have it in common."""

from ssrvae.library.messages import grouped, print_notes

GREY = "RGB converted to grey"


def test_what_many_files_have_in_common_is_one_line_that_names_the_first():
    notes = [f"m/{number}.png: {GREY}" for number in range(80)]
    assert grouped(notes) == [f"m/0.png, m/1.png, m/2.png and 77 more: {GREY}"]


def test_nothing_is_added_to_a_note_that_stands_alone():
    notes = [f"a.png: {GREY}", "skipped /m/b.png: is damaged: it ends early", "skipped all"]
    assert grouped(notes) == notes


def test_files_that_were_skipped_are_kept_apart_from_those_that_were_changed():
    notes = ["skipped a.png: is flat", "b.png: is flat", "skipped c.png: is flat"]
    assert grouped(notes) == ["skipped a.png, c.png: is flat", "b.png: is flat"]


def test_notes_that_all_differ_do_not_flood_the_terminal(capsys):
    print_notes([f"labels.csv, line {number}: hits no object at {number}" for number in range(500)])
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) < 20
    assert str(500 - len(lines) + 1) in lines[-1]
