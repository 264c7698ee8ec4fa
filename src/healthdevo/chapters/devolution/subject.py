"""What a main outcome of the chapter is called, and which years it has: one figure and one sentence then serve both.

Both main outcomes are named here, with the reason, before any result: they are what Greater Manchester's agreement set out to change.
"""

from __future__ import annotations

from dataclasses import dataclass

from healthdevo.chapters.common import BEFORE_PANDEMIC
from healthdevo.chapters.devolution.panels import HEALTH_DEAL
from healthdevo.wording import financial_year


@dataclass(frozen=True)
class Subject:
    """A main outcome: its words, its years, its table.

    ``things`` are what is counted; ``rate`` what is drawn; ``prefix`` begins the names of its figures and tables; ``note`` ends their
    subtitles; ``flagged`` years stand out.
    """

    things: str
    rate: str
    table: str
    first: int
    effect: str
    prefix: str = ""
    financial: bool = False
    note: str = ""
    flagged: tuple[int, ...] = ()

    @property
    def unit(self) -> str:
        """The unit of an effect."""
        return f"{self.things} per 100,000"

    @property
    def base(self) -> int:
        """The last year before the agreement counts."""
        return HEALTH_DEAL - 1

    @property
    def years_before(self) -> int:
        """How many years lie before the first that counts as after the agreement."""
        return HEALTH_DEAL - self.first

    def year(self, value: float) -> str:
        """Return a year as it is written.

        >>> DEATHS.year(2015), ADMISSIONS.year(2015)
        ('2015', '2015/16')
        """
        return financial_year(int(value)) if self.financial else f"{value:.0f}"

    @property
    def before(self) -> str:
        """The years before.

        >>> DEATHS.before, ADMISSIONS.before
        ('2010 to 2014', '2003/04 to 2014/15')
        """
        return f"{self.year(self.first)} to {self.year(self.base)}"

    @property
    def after(self) -> str:
        """The years after, to the last before the pandemic."""
        return f"{self.year(HEALTH_DEAL)} to {self.year(BEFORE_PANDEMIC)}"

    @property
    def window(self) -> str:
        """Both, as the finding says them.

        >>> ADMISSIONS.window
        '2003/04 to 2014/15 against 2015/16 to 2019/20'
        """
        return f"{self.before} against {self.after}"

    def name(self, of: str) -> str:
        """Return the name of a figure or table.

        >>> DEATHS.name("event-study"), ADMISSIONS.name("event-study")
        ('event-study', 'admissions-event-study')
        """
        return f"{self.prefix}{of}"


DEATHS = Subject(
    things="deaths",
    rate="preventable deaths under 75 per 100,000",
    table="under_75_mortality",
    first=2010,
    effect="an effect of the deal",
    flagged=(2013,),
)
ADMISSIONS = Subject(
    things="admissions",
    rate="avoidable admissions per 100,000",
    table="chronic_admission",
    first=2003,
    effect="an effect on avoidable admissions",
    prefix="admissions-",
    financial=True,
    note=". Areas with a marked break of hospital recording are left out",
)
