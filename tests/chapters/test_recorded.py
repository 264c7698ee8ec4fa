"""Pages say and show what was written down of them: every text word by word, and the numbers behind every figure and table.

Whoever changes tables, words or figures on purpose writes them down anew (``python -m tests.kit.pages``) and reads the difference.
"""

import pytest
from tests.kit import pages


@pytest.mark.long
@pytest.mark.parametrize("page", pages.PAGES)
def test_a_page_is_as_written_down(page):
    notebook, parameters = pages.PAGES[page]
    found = pages.record(*pages.run(pages.ROOT / notebook, **parameters))
    assert not pages.differences(found, pages.written(page))
