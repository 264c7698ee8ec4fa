"""Small files in the layouts of official releases, written by the project itself."""

from __future__ import annotations

import csv
import datetime
import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

PLAIN = [
    "Period",
    "Org Code",
    "Parent Org",
    "Org name",
    "A&E attendances Type 1",
    "A&E attendances Type 2",
    "A&E attendances Other A&E Department",
    "Attendances over 4hrs Type 1",
    "Attendances over 4hrs Type 2",
    "Attendances over 4hrs Other Department",
    "Patients who have waited 4-12 hs from DTA to admission",
    "Patients who have waited 12+ hrs from DTA to admission",
    "Emergency admissions via A&E - Type 1",
    "Emergency admissions via A&E - Type 2",
    "Emergency admissions via A&E - Other A&E department",
    "Other emergency admissions",
]
NUMBERED = [
    ("Number of " + h if h.startswith("A&E att") else "Number of a" + h[1:] if h.startswith("Att") else h)
    for h in PLAIN
]
BOOKED = [
    *PLAIN[:7],
    *(f"A&E attendances Booked Appointments {w}" for w in ("Type 1", "Type 2", "Other Department")),
    *PLAIN[7:10],
    *(f"Attendances over 4hrs Booked Appointments {w}" for w in ("Type 1", "Type 2", "Other Department")),
    *PLAIN[10:],
]

#: Codes are real ones, figures made up: 12 measures without booked appointments, 18 with.
PROVIDERS = (
    ("RJ1", "NHS ENGLAND LONDON", "GUY'S AND ST THOMAS' NHS FOUNDATION TRUST"),
    ("RGT", "NHS ENGLAND EAST OF ENGLAND ", "CAMBRIDGE UNIVERSITY HOSPITALS NHS FOUNDATION TRUST"),
    ("AQN04", "NHS ENGLAND SOUTH EAST ", "PHL LYMINGTON UTC"),
)
PLAIN_FIGURES = (
    (1000, 100, 50, 200, 5, 1, 30, 10, 300, 2, 0, 80),
    (2000, 0, 500, 0, 0, 0, 40, 20, 600, 0, 7, 90),
    (0, 0, 3396, 0, 0, 81, 0, 0, 0, 0, 0, 0),
)
BOOKED_FIGURES = (
    (1000, 100, 50, 20, 3, 4, 200, 5, 1, 6, 0, 2, 30, 10, 300, 2, 0, 80),
    (2000, 0, 500, 0, 0, 9, 0, 0, 0, 0, 0, 0, 40, 20, 600, 0, 7, 90),
    (0, 0, 3396, 0, 0, 10, 0, 0, 81, 0, 0, 0, 0, 0, 0, 0, 0, 0),
)


def provider_csv(
    month: str = "JUNE-2025",
    *,
    headings: Sequence[str] = BOOKED,
    figures: Sequence[Sequence[object]] = BOOKED_FIGURES,
    providers: Sequence[tuple[str, str, str]] = PROVIDERS,
    total: Sequence[object] | None = ("TOTAL",) * 4,
    ending: str = "\r\n",
) -> str:
    rows: list[Sequence[object]] = [headings]
    rows += [(f"MSitAE-{month}", *who, *what) for who, what in zip(providers, figures, strict=True)]
    if total is not None:
        rows.append((*total, *(sum(int(row[i]) for row in figures) for i in range(len(figures[0])))))  # type: ignore[call-overload]
    return "".join(",".join(map(str, row)) + ending for row in rows)


def column(number: int) -> str:
    return chr(65 + number) if number < 26 else column(number // 26 - 1) + chr(65 + number % 26)


def xlsx(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    """Return a workbook: texts inline, numbers, and dates in a date format."""
    stream = io.BytesIO()
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        parts = "".join(
            f'<Override PartName="/xl/worksheets/sheet{i}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
            for i in range(1, len(sheets) + 1)
        )
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>{parts}</Types>',
        )
        package = "http://schemas.openxmlformats.org/package/2006/relationships"
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}"><Relationship Id="rId1" Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        named = "".join(
            f'<sheet name="{escape(n)}" sheetId="{i}" r:id="rId{i}"/>' for i, n in enumerate(sheets, 1)
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets>{named}</sheets></workbook>',
        )
        targets = "".join(
            f'<Relationship Id="rId{i}" Type="{relations}/worksheet" Target="worksheets/sheet{i}.xml"/>'
            for i in range(1, len(sheets) + 1)
        )
        styles = f'<Relationship Id="rId0" Type="{relations}/styles" Target="styles.xml"/>'
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}">{styles}{targets}</Relationships>',
        )
        archive.writestr(
            "xl/styles.xml",
            f'<styleSheet xmlns="{main}"><fonts><font/></fonts><fills><fill/></fills><borders><border/></borders><cellStyleXfs><xf/></cellStyleXfs>'
            '<cellXfs><xf numFmtId="0"/><xf numFmtId="17" applyNumberFormat="1"/></cellXfs></styleSheet>',
        )
        for i, rows in enumerate(sheets.values(), 1):
            lines = []
            for r, row in enumerate(rows, 1):
                cells = "".join(_cell(f"{column(c)}{r}", value) for c, value in enumerate(row))
                lines.append(f'<row r="{r}">{cells}</row>')
            archive.writestr(
                f"xl/worksheets/sheet{i}.xml",
                f'<worksheet xmlns="{main}"><sheetData>{"".join(lines)}</sheetData></worksheet>',
            )
    return stream.getvalue()


def _cell(place: str, value: object) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, datetime.date):
        return f'<c r="{place}" s="1"><v>{(value - datetime.date(1899, 12, 30)).days}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value!r}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'


def whole_month(frame, month: str, **changed: tuple[str, str, list[int]]) -> str:
    """Return a provider file with the figures of a month of ``emergency_provider_month``, called another month.

    ``changed`` gives providers, by code, another region, name and 18 figures; new codes are added at the end.
    """
    people: dict[str, tuple[str, str, str]] = {}
    figures: dict[str, list[int]] = {}
    for row in frame.itertuples():
        people[row.provider_code] = (row.provider_code, "NHS ENGLAND LONDON", f"PROVIDER {row.provider_code}")
        values = figures.setdefault(row.provider_code, [0] * 18)
        place = int(row.department_type) - 1
        values[place] = row.attendances - int(row.attendances_booked)
        values[3 + place] = int(row.attendances_booked)
        values[6 + place] = int(row.over_4_hours)
        values[14 + place] = row.admissions_via_ae
    first = next(iter(figures.values()))
    first[12:14], first[17] = [77_205, 46_665], 143_887
    for code, (region, name, values) in changed.items():
        people[code], figures[code] = (code, region, name), values
    return provider_csv(month, providers=list(people.values()), figures=list(figures.values()))


TYPES = (
    "Type 1 Departments - Major A&E",
    "Type 2 Departments - Single Specialty",
    "Type 3 Departments - Other A&E/Minor Injury Unit",
)
ADMITTED = (
    "Emergency Admissions via Type 1 A&E", "Emergency Admissions via Type 2 A&E", "Emergency Admissions via Type 3 and 4 A&E",
    "Total Emergency Admissions via A&E", "Other Emergency Admissions (i.e not via A&E)", "Total Emergency Admissions",
    "Number of patients spending >4 hours from decision to admit to admission",
    "Number of patients spending >12 hours from decision to admit to admission",
)  # fmt: skip


def title(published: str = "16th April 2026", period: object = "August 2010 - present") -> list[list[object]]:
    return [
        [],
        ["", "Title:", "A&E Attendances"],
        ["", "Period:", period],
        ["", "Published:", published],
        ["", "Revised:", ""],
        [],
    ]


def time_series(
    months: Sequence[datetime.date], *, published: str = "16th April 2026", scale: int = 1
) -> dict[str, list[list[object]]]:
    """Return the sheets of a time series in which month number i has 1000 + i attendances of type 1, and so on."""
    activity = [
        *title(published),
        ["", "England Level Data"],
        ["", "", "A&E attendances", "", "", "", "Emergency Admissions"],
        ["", "Period", *TYPES, "Total Attendances", *ADMITTED, "", "Operational standard (Performance)"],
    ]
    performance = [
        *title(published),
        ["", "", "A&E attendances less than 4 hours from arrival to admission, transfer or discharge", "", "", "",
         "A&E attendances greater than 4 hours from arrival to admission, transfer or discharge", "", "", "",
         "Percentage of attendances within 4 hours"],
        ["", "Period", *TYPES, "Total Attendances < 4 hours", *TYPES, "Total Attendances > 4 hours", "Percentage in 4 hours or less (all)"],
    ]  # fmt: skip
    booking = [
        *title(published),
        ["", "", "A&E Booked Appointment attendances", "", "", "",
         "A&E Booked Appointment attendances less than or equal to 4 hours from arrival to admission, transfer or discharge"],
        ["", "Period", *TYPES, "Total attendances", *TYPES, "Booked Appointment Attendances <= 4 hours"],
    ]  # fmt: skip
    for i, month in enumerate(months):
        a, over = (1000 * scale + i, 100 * scale, 500 * scale), (200 * scale + i, 3 * scale, 7 * scale)
        activity.append(["", month, *a, sum(a), *(scale * n for n in (300, 2, 5, 307, 93, 400, 40, 4))])
        if month >= datetime.date(2010, 11, 1):
            within = [x - y for x, y in zip(a, over, strict=True)]
            performance.append(["", month, *within, sum(within), *over, sum(over), 0.9])
        if month >= datetime.date(2020, 8, 1):
            booking.append(["", month, *(scale * n for n in (10, 0, 20, 30, 10, 0, 20, 30))])
    activity.append(["", "Note: figures are provisional"])
    sheets = {"Activity": activity, "Performance": performance, "Booking": booking, "Notes": [["Notes"]]}
    if not isinstance(booking[-1][1], datetime.date):
        del sheets["Booking"]
    return sheets


SERVICES = (
    "Education services", "Highways and transport services", "Children Social Care", "Adult Social Care", "Public Health",
    "Housing services (GFRA only)", "Cultural and related services", "Environmental and regulatory services",
    "Planning and development services", "Police services", "Fire and rescue services", "Central services", "Other services",
)  # fmt: skip


def outturn(
    year: str = "2018-19",
    councils: Sequence[tuple[str, str, str, str]] = (
        ("E0101", "E06000022", "Bath & North East Somerset UA", "UA"),
        ("E0102", "E06000023", "Bristol UA", "UA"),
        ("E0531", "E07000008", "Cambridge", "SD"),
        ("E6101", "", "A fire authority", "O"),
    ),
    amounts: Sequence[Sequence[object]] = (
        (68091, 1525, 25703, 65911, 9261, 5193, -4101, 19353, 5206, 0, 0, 8000, 12),
        (199274, 2640, 76040, 173288, 31628, 22810, 21356, 40348, 18662, 0, 0, 30000, 5),
        (0, -50, 0, 9, 0, 3000, 2500, 9000, 4000, 0, 0, 5000, 0),
        (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 44000, 0, 0),
    ),
    *,
    classes: Mapping[str, str] | None = None,
    england: str = "ENGLAND",
) -> dict[str, list[list[object]]]:
    """Return the sheets of an outturn workbook whose totals are the sums of its councils."""
    head = ["E-code", "ONS Code", "Local authority", "", "Class", *SERVICES, "TOTAL SERVICE EXPENDITURE (total of lines 190 to 698)",
            "Parish Precepts", "NET CURRENT EXPENDITURE", "Levy: Environment Agency flood defence"]  # fmt: skip
    rows: list[list[object]] = [
        [f"Revenue Outturn (RO) {year}: Revenue Outturn Summary (RS) data"],
        ["Net current expenditure (£ thousand)"],
        ["", "", "", "", "", "Service Expenditure"],
        ["", "", "", "", "", 190, 290],
        head,
    ]

    def full(values: Sequence[object]) -> list[object]:
        if not all(isinstance(v, int | float) for v in values):
            return [*values, "[x]", "[x]", "[x]", "[x]"]
        total = sum(values)  # type: ignore[arg-type]
        return [*values, total, 10, total + 10, 1]

    body = [
        [code, ons, name, "", kind, *full(values)]
        for (code, ons, name, kind), values in zip(councils, amounts, strict=True)
    ]
    known = [row for row in body if isinstance(row[5], int | float)]

    def added(part: Sequence[Sequence[object]]) -> list[object]:
        return [sum(row[i] for row in part) for i in range(5, len(head))]  # type: ignore[misc]

    rows += body
    rows += [[], ["", "", england, "", "", *added(known)], [], ["", "", "CLASS BREAKDOWN"]]
    names = classes or {"UA": "UNITARY AUTHORITIES", "SD": "SHIRE DISTRICTS", "O": "OTHER AUTHORITIES"}
    rows += [
        ["", "", name, "", kind, *added([row for row in known if row[4] == kind])]
        for kind, name in names.items()
    ]
    rows += [["Source: the ministry"], ["Notes"], ["(a) Net of sales, fees and charges"]]
    return {"Front_Page": [["", "General Fund Revenue Account Outturn"]], f"RS_LA_Data_{year}": rows}


LATE = {
    "2015": "A&E attendances > 4 hours from arrival to admission, transfer or discharge",
    "2017": "A&E attendances greater than 4 hours from arrival to admission, transfer or discharge",
    "2019": "A&E attendances greater than 4 hours from arrival to admission, transfer or discharge",
}
EARLY = "A&E attendances less than 4 hours from arrival to admission, transfer or discharge"
#: Providers of a workbook: attendances, over four hours, admissions via A&E by type; other admissions, waits over 4 and over 12 hours.
LISTED = (
    ("RJ1", "NHS England London", "GUY'S", (3000, 100, 0), (300, 2, 0), (500, 0, 0), (50, 20, 1)),
    ("AQN04", "NHS England South (South)", "PHL", (0, 0, 1500), (0, 0, 0), (0, 0, 3), (0, 0, 0)),
)


def providers_of(
    month: object = "April 2016",
    *,
    era: str = "2017",
    listed: Sequence[
        tuple[str, str, str, tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...]]
    ] = LISTED,
    sheet: str = "Provider Level Data",
    published: str = "12th May 2016",
    england: str = "above",
) -> dict[str, list[list[object]]]:
    """Return the sheet of a month's providers as in an era: from 2015 without the attendances within four hours, since 2018 with all percentages and
    the parent organisation in place of the region."""
    within = era != "2015"
    types = ("type 1", "type 2", "type 3") if era == "2019" else ("type 1",)
    percent = [f"Percentage in 4 hours or less ({t})" for t in (*types, "all")]
    if era == "2019":
        percent = [percent[-1], *percent[:-1]]
    above = ["", "", "", "A&E attendances", "", "", ""]
    head: list[object] = [
        "Code",
        "Region" if era != "2019" else "System",
        "Name",
        *TYPES,
        "Total attendances",
    ]
    if within:
        above += [EARLY, "", "", ""]
        head += [*TYPES, "Total Attendances < 4 hours"]
    above += [
        LATE[era],
        "",
        "",
        "",
        "Percentage of attendances within 4 hours" if within else "",
        *[""] * (len(percent) - 1),
        "Emergency Admissions",
    ]
    head += [*TYPES, "Total Attendances > 4 hours", *percent, *ADMITTED]

    def row(
        code: str,
        region: str,
        name: str,
        a: Sequence[int],
        o: Sequence[int],
        e: Sequence[int],
        more: Sequence[int],
    ) -> list[object]:
        inside = [x - y for x, y in zip(a, o, strict=True)]
        share: list[object] = [round(1 - sum(o) / sum(a), 6) if sum(a) else "-"] * len(percent)
        early = [*inside, sum(inside)] if within else []
        return [
            code,
            region,
            name,
            *a,
            sum(a),
            *early,
            *o,
            sum(o),
            *share,
            *e,
            sum(e),
            more[0],
            sum(e) + more[0],
            *more[1:],
        ]

    def added(place: int) -> list[int]:
        return [sum(each[place][i] for each in listed) for i in range(3)]  # type: ignore[misc]

    whole = row("-", "-", "England", *(added(i) for i in range(3, 7)))
    body = [row(*each) for each in listed]
    rows = [*title(published, month), ["Provider Level Data"], above, head]  # type: ignore[arg-type]
    rows += [whole, [], *body] if england == "above" else [*body, [], whole]
    rows += [[], ["Note: type 3 are walk-in centres"]]
    return {sheet: rows}


def as_csv(rows: Sequence[Sequence[object]]) -> str:
    """Return rows as CSV text."""
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    return stream.getvalue()
