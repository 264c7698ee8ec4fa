"""Files are written whole or not at all."""

import pytest

from healthdevo.files import shown, write_atomically


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path):
    path = tmp_path / "new" / "page.html"
    write_atomically(path, "é\n")
    assert path.read_bytes() == "é\n".encode()
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "\ud800")
    assert path.read_text(encoding="utf-8") == "é\n"
    assert [p.name for p in path.parent.iterdir()] == ["page.html"]


def test_a_replaced_file_keeps_its_permissions(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a")
    path.chmod(0o640)
    write_atomically(path, "b")
    assert path.read_text() == "b"
    assert path.stat().st_mode & 0o777 == 0o640


def test_paths_below_here_are_shown_short(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert shown(tmp_path / "build" / "x.html") == "build/x.html"
    assert shown(tmp_path.parent / "x.html") == str(tmp_path.parent / "x.html")
