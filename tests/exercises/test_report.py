"""Hand-ins: what is in them, what comes of running them, and the points that it makes."""

import csv
import io
import json
import socket
import subprocess
import sys

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbclient import NotebookClient

from posekit import cli, exercises
from posekit.errors import InputError
from posekit.exercises import hand_in, report

START = "import os, socket, time\nimport numpy as np\nfrom posekit import exercises"
CHAPTER = 'ex = exercises.chapter("00_live_demo")'
ANSWER = """def to_pixels(points, size):
    return np.asarray(points) * [size[1], size[0]] - 0.5
"""


def panel(name, **counts):
    """The output of a check, as it stands in a notebook."""
    record = {"exercise": name, "tries": 0, "hints": 0, "solutions": 0, "status": "correct"}
    return {"output_type": "display_data", "metadata": {"posekit": {**record, **counts}}}


@pytest.fixture
def write(tmp_path):
    """``write("anna/00.ipynb", "code", ("code", output, ...))``: a notebook that is handed in."""

    def make(name, *cells):
        path = tmp_path / "hand_ins" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cells = [one if isinstance(one, tuple) else (one,) for one in (START, CHAPTER, *cells)]
        code = [
            {"cell_type": "code", "source": source, "outputs": outputs}
            for source, *outputs in cells
        ]
        path.write_text(json.dumps({"cells": [{"cell_type": "markdown"}, *code]}))
        return path

    return make


# Points


@given(
    exercise=st.sampled_from(list(exercises.chapter("00"))),
    hints=st.integers(0, 9),
    solutions=st.integers(0, 2),
    rubric=st.builds(
        report.Rubric, *[st.floats(0, 10)] * 2, hint=st.floats(0, 3), after_solution=st.floats(0, 1)
    ),
)
def test_help_never_adds_points(exercise, hints, solutions, rubric):
    most = rubric.most(exercise)
    points = rubric.points(exercise, hints, solutions)
    assert 0 <= points <= most == rubric.points(exercise, 0, 0)
    assert points <= rubric.points(exercise, hints, 0)
    assert rubric.points(exercise, hints + 1, solutions) <= points


def test_a_hard_exercise_counts_more_and_a_hint_and_a_solution_cost():
    easy, *_, hard = exercises.chapter("00")
    rubric = report.Rubric(exercise=3, hard=5, hint=0.5, after_solution=0.5)
    assert (rubric.most(easy), rubric.most(hard)) == (3, 5)
    assert rubric.points(easy, 2, 0) == 2 and rubric.points(hard, 1, 1) == 2


def test_a_rubric_is_read_and_what_it_leaves_out_is_the_defaults(tmp_path):
    file = tmp_path / "rubric.toml"
    file.write_text("hard = 6\n")
    assert report.read_rubric(file) == report.Rubric(hard=6)


@pytest.mark.parametrize(
    "text, words",
    [
        ("hard = ", "no TOML file"),
        ("bonus = 2", "'bonus'; a rubric knows exercise, hard, hint, after_solution"),
        ("hard = true", "hard must be a number"),
        ("hint = -1", "hint must be a number of points, from 0 up"),
        ("hint = nan", "hint must be a number"),
        ("after_solution = 2", "a share, from 0 to 1"),
    ],
)
def test_a_rubric_that_is_wrong_is_told_so(tmp_path, text, words):
    (tmp_path / "rubric.toml").write_text(text)
    with pytest.raises(InputError, match=words):
        report.read_rubric(tmp_path / "rubric.toml")


# What is in a notebook


def test_the_largest_counts_of_a_notebook_are_its_record(write):
    path = write(
        "anna.ipynb",
        (ANSWER, panel("to_pixels", tries=2), panel("to_pixels", tries=5, hints=1)),
        ("", panel("to_pixels", tries=3, solutions=1), {"output_type": "stream"}),
        ("", panel("to_pixels", tries="9", hints=-1), panel(3), panel("joint_angle", hints=True)),
    )
    given = hand_in.read(path)
    assert given.chapter == "00_live_demo" and given.cells[2] == ANSWER
    assert given.records["to_pixels"] == {"tries": 5, "hints": 1, "solutions": 1}
    assert given.records["joint_angle"] == {"tries": 0, "hints": 0, "solutions": 0}


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"cells": [3]}', '{"cells": [{"cell_type": "code"}]}', "\xff"]
)
def test_what_is_no_notebook(tmp_path, text):
    path = tmp_path / "anna.ipynb"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=r"anna\.ipynb is no notebook"):
        hand_in.read(path)


def test_a_notebook_of_another_course(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_text('{"cells": [{"cell_type": "code", "source": ["1\\n", "2"]}]}')
    with pytest.raises(InputError, match="hand in the chapter's own notebook"):
        hand_in.read(path)


def test_students_are_folders_and_files(write, tmp_path):
    first = write("anna/00.ipynb")
    write("anna/deep/01.ipynb")
    write("ben.ipynb")
    write("ben/.ipynb_checkpoints/00.ipynb")
    write("=cmd()/00.ipynb")
    found = [student for student, _ in report.hand_ins([tmp_path / "hand_ins"])]
    assert found == ["'=cmd()", "anna", "anna", "ben"]
    assert report.hand_ins([first]) == [("00", first)]
    (tmp_path / "empty").mkdir()
    for nothing in ("empty", "gone"):
        with pytest.raises(InputError, match=f"{nothing} is no notebook, and no folder"):
            report.hand_ins([tmp_path / nothing])


# What comes of running one

PROBE = """try:
    socket.create_connection(("192.0.2.1", 9), 1)
    closed = False
except PermissionError:
    closed = True
PROFILE = "quick"
alone = closed and PROFILE == "smoke" and "SECRET" not in os.environ and not os.listdir(".")
"""


def test_a_run_judges_what_is_written_and_lets_nothing_out(write, monkeypatch):
    """One process for all that can be seen in one: starting it is what takes the time."""
    monkeypatch.setenv("SECRET", "x")
    path = write(
        "anna.ipynb",
        PROBE,
        "def to_pixels(points, size):\n    assert alone\n"
        "    return np.asarray(points) * [size[1], size[0]] - 0.5\n"
        "ex.to_pixels.check(to_pixels)",
        "raise ValueError('stops nothing')",
        "this is no Python",
        "def count_seen(*args):\n    while True: pass",
        "def joint_angle(a, b, c):\n    return ex.joint_angle.reference(a, b, c)",
        "while True: pass",
        "def count_repetitions(angles, low, high):\n    raise NotImplementedError",
    )
    found = hand_in.run(hand_in.read(path), seconds=3)
    status = {name: answer["status"] for name, answer in found.answers.items()}
    assert status == {
        "to_pixels": "correct",
        "count_seen": "too long",
        "joint_angle": "correct",
        "count_repetitions": "not attempted",
    }
    assert found.answers["joint_angle"]["used"] == ["the solution"]
    assert found.answers["to_pixels"]["used"] == []
    assert found.answers["to_pixels"]["same"] is False
    assert found.remarks == ["code cell 9 was stopped: it took too long"]


def test_a_program_that_it_starts_has_no_network_either(write):
    """To a server of this machine: what Python's own hook cannot see, the namespace stops."""
    if not hand_in.network_namespace():
        pytest.skip("needs network namespaces: Linux, where users may make them")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        call = f"import socket; socket.create_connection(('127.0.0.1', {port}), 5)"
        assert subprocess.run([sys.executable, "-c", call]).returncode == 0
        probe = "import subprocess, sys\nopen_ = subprocess.run([sys.executable, '-c', {!r}])"
        alone = ANSWER.replace("    return", "    assert open_.returncode\n    return")
        found = hand_in.run(hand_in.read(write("a.ipynb", probe.format(call), alone)), 30)
    assert found.answers["to_pixels"]["status"] == "correct"


@pytest.mark.parametrize(
    "line",
    [
        b"\xff",
        b"3",
        b"[" * 99999,
        b'{"exercise": ["to_pixels"], "status": "correct", "used": []}',
        b'{"exercise": "to_pixels", "status": {}, "used": []}',
        b'{"exercise": "to_pixels", "status": "correct", "used": 3}',
        b'{"cell": "x"}',
    ],
)
def test_what_a_student_writes_to_the_report_stops_nothing(line):
    found = hand_in.Found()
    assert hand_in._take(line, found, 3) == 3 and not found.answers and not found.remarks


def test_words_of_a_student_are_left_out():
    found, line = (
        hand_in.Found(),
        {"exercise": "a", "status": "correct", "used": ["=1", "posekit.oks"]},
    )
    hand_in._take(json.dumps(line).encode(), found, None)
    assert found.answers["a"]["used"] == ["posekit.oks"]


def test_what_was_asked_for_in_a_kernel_stands_in_the_file(write, monkeypatch):
    """The whole way: a kernel shows panels, the notebook is saved, and the report reads it."""
    monkeypatch.setenv("POSEKIT_SOLUTIONS", "on")
    asked = "ex.to_pixels.check(len)\nex.to_pixels.hint()\nex.to_pixels.solution()"
    path = write("anna.ipynb", asked, ANSWER + "ex.to_pixels.check(to_pixels)")
    code = [cell["source"] for cell in json.loads(path.read_text())["cells"][1:]]
    nb = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, code)))
    NotebookClient(nb, timeout=120, kernel_name="python3").execute()
    del nb.cells[2]  # where the solution was shown
    nbformat.write(nb, path)
    assert hand_in.read(path).records["to_pixels"] == {"tries": 2, "hints": 1, "solutions": 1}


def test_a_process_that_dies_keeps_what_came_before(write):
    found = hand_in.run(hand_in.read(write("a.ipynb", ANSWER, "os._exit(3)", "1")), seconds=30)
    assert found.answers["to_pixels"]["status"] == "correct"
    assert found.remarks == ["its process died in code cell 4: what comes after was not run"]


def test_a_cell_that_will_not_be_stopped_is(write, monkeypatch):
    monkeypatch.setattr(hand_in, "GRACE", 1)
    stubborn = "while True:\n    try: time.sleep(9)\n    except BaseException: pass"
    found = hand_in.run(hand_in.read(write("a.ipynb", stubborn)), seconds=1)
    assert found.remarks == ["stopped in code cell 3: it took too long"] and not found.answers


# What is shown


@pytest.fixture
def reports(write, monkeypatch):
    """Two students, of whom one has two notebooks, without running anything."""
    came = {"to_pixels": ["correct", [], False], "joint_angle": ["correct", ["the solution"], True]}
    answers = {
        name: {"status": status, "used": used, "same": same}
        for name, (status, used, same) in came.items()
    }
    found = hand_in.Found(answers, ["code cell 2 was stopped: it took too long"])
    monkeypatch.setattr(hand_in, "run", lambda *_: found)
    path = write("anna/00.ipynb", ("1", panel("to_pixels", tries=4, hints=2)))
    (path.parent / "notes.ipynb").write_text("{}")
    write("ben.ipynb")
    return report.report([path.parents[1]])


def test_what_is_known_of_each_exercise(reports):
    first, broken, other = reports
    pixels, seen, angle, _ = first.answers
    assert (pixels.status, pixels.tries, pixels.hints, pixels.points) == ("correct", 4, 2, 1.5)
    assert (seen.status, seen.points, seen.most) == ("no answer", 0, 2)
    assert (angle.solutions, angle.points) == (1, 0)
    assert angle.remarks == ["calls the solution", "is the course's own solution, to the letter"]
    assert broken.chapter == "" and "is no notebook" in broken.remarks[0]
    assert "tries and hints are not known" in other.remarks[-1]
    shown = report.table(reports)
    assert "anna · 00_live_demo" in shown and "1.5 of 10" in shown and "2 of 10" in shown
    assert "! code cell 2 was stopped" in shown
    assert json.loads(report.as_json(reports))[0]["answers"][0]["points"] == 1.5


def test_a_csv_has_a_line_for_each_student(reports):
    rows = list(csv.DictReader(io.StringIO(report.as_csv(reports))))
    anna, ben = rows
    assert (anna["student"], anna["points"], anna["of"], anna["hints"]) == (
        "anna",
        "1.5",
        "10",
        "2",
    )
    assert (anna["solved"], anna["exercises"], anna["attempted"]) == ("2", "4", "2")
    assert anna["00 to_pixels"] == "1.5" and "notes.ipynb: " in anna["remarks"]
    assert ben["points"] == "2.0" and ben["tries"] == "0"


def test_the_command(reports, write, capsys, tmp_path):
    path = write("carl.ipynb")
    assert cli.main(["report", str(path), "--csv"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("student,points,of,") and "carl: carl.ipynb" in printed.err
    assert cli.main(["report", str(tmp_path / "hand_ins")]) == 1
    assert cli.main(["report", str(path), "--rubric", str(path)]) == 2
    for limit in ("--seconds=0", "--minutes=-1", "--seconds=nan", "--minutes=1e9"):
        assert cli.main(["report", str(path), limit]) == 2
        assert "time limits must be above 0" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        cli.main(["report", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert (
        "Each notebook is run in a process of its own" in said and "does not protect from" in said
    )
