"""What commands write into the README and elsewhere: the address, and the map of chapters."""

import shutil
import tomllib

import pytest

from notebooks import address, readme

FILES = ["pyproject.toml", "CITATION.cff", "README.md"]


@pytest.fixture
def copy(root, tmp_path):
    for name in FILES:
        shutil.copy(root / name, tmp_path / name)
    shutil.copytree(root / "notebooks" / "src", tmp_path / "notebooks" / "src")
    return tmp_path


def write(place, root):
    for path, text in address.edits(place, root).items():
        path.write_text(text)


def test_the_address_goes_everywhere_and_can_be_changed(copy):
    for place in ("https://example.org/first/try", "https://github.com/second/place"):
        write(place, copy)
        project = tomllib.loads((copy / "pyproject.toml").read_text())["project"]
        assert project["urls"]["Repository"] == place and project["scripts"]
        assert f'repository-code: "{place}"' in (copy / "CITATION.cff").read_text()
        for source in (copy / "notebooks" / "src").glob("*.py"):
            assert source.read_text().count(f'REPOSITORY = "{place}"') == 1
    readme = (copy / "README.md").read_text()
    assert "example.org" not in readme
    assert "github/second/place/blob/main/notebooks/00_live_demo.ipynb" in readme


@pytest.mark.parametrize("wrong", ["", "pose-workbook", "http://example.org", "https://a b/c"])
def test_what_is_no_address_is_refused(copy, wrong):
    with pytest.raises(ValueError, match="no address"):
        address.edits(wrong, copy)


def test_a_file_without_a_place_for_it_is_named(copy):
    (copy / "README.md").write_text("nothing here")
    with pytest.raises(ValueError, match=r"README\.md"):
        address.edits("https://example.org/a/b", copy)


def test_the_readmes_map_is_what_the_chapters_say(root):
    text = (root / "README.md").read_text()
    assert readme.updated(text, readme.chapter_map()) == text, "run python notebooks/readme.py"
    with pytest.raises(ValueError, match="chapters"):
        readme.updated("no place for a map", "")
