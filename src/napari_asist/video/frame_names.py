"""Order, interval and channel of the frames in a folder, from the files' names."""

import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice, pairwise
from pathlib import Path
from typing import NamedTuple

from napari_asist.errors import AsistError

DATE = re.compile(
    r"(?<!\d)((?:19|20)\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])"
    r"(?:[-_. T]{0,2}([01]\d|2[0-3])[-_.h]?([0-5]\d)(?:[-_.m]?([0-5]\d))?)?(?!\d)"
)
"""A date, perhaps followed by the time of day, with or without separators."""

DATE_WITH_UNITS = re.compile(
    r"(?<!\d)((?:19|20)\d\d)y(0[1-9]|1[0-2])m(0[1-9]|[12]\d|3[01])d"
    r"(?:[-_ ]?([01]\d|2[0-3])h([0-5]\d)m(?:([0-5]\d)s)?)?(?!\d)"
)
"""A date such as 2021y05m12d_16h00m."""

HALF_DAY = re.compile(r"[-_ ]?([ap])\.?m(?![a-z0-9])", re.IGNORECASE)
"""Text after a time of a clock of 12 hours."""

CLOCK_OF_HALF_DAY = re.compile(
    r"(0?[1-9]|1[0-2])[-_.h:]?([0-5]\d)(?:[-_.m:]?([0-5]\d))?"
)
"""A time of such a clock."""

DAY_FIRST = re.compile(r"(0[1-9]|[12]\d|3[01])(0[1-9]|[12]\d|3[01])(19|20)\d\d")
"""A date that begins with the day or the month: its number does not order it."""

DURATION = re.compile(
    r"(?:(\d+(?:\.\d+)?)(?:days?|d))?"
    r"(?:(\d+(?:\.\d+)?)(?:hours?|hrs?|h))?"
    r"(?:(\d+(?:\.\d+)?)(minutes?|mins?|m))?"
    r"(?:(\d+(?:\.\d+)?)(?:seconds?|secs?|s))?"
    r"(?:(\d+(?:\.\d+)?)ms)?(?![a-z0-9])",
    re.IGNORECASE,
)
"""A time with units, such as 01d06h30m."""

DAY, HOUR, MINUTE, MILLISECOND = 86_400, 3600, 60, 1e-3
CLOCK_DIGITS = (4, 6)
"""Digits of a time of day without and with seconds."""

DATE_DIGITS = 8
INTEGER, DECIMAL = re.compile(r"\d+"), re.compile(r"\d+(?:[.,]\d+)?")

CHANNEL = re.compile(
    r"(?:^|[^a-z])(c|ch|chan|channel|w|wv|wavelength)[-_ =]?$", re.IGNORECASE
)
"""Text before the number of a channel."""

NOT_TIME = re.compile(
    r"(?:^|[^a-z])(z|slice|section|plane|depth|xy|pos|position|point|field|fov|site"
    r"|stage|tile|mosaic|montage|row|col|column|well|scene|roi|multipoint|rep"
    r"|replicate|slide)[-_ =]?$",
    re.IGNORECASE,
)
"""Text before the number of a slice in z or of a position."""

CONDITION = re.compile(r"(nm|[num]M|[uµμ]m)(?![A-Za-z])")
"""Text after a number of a wavelength, a concentration or a length."""

PLATE_PART = re.compile(r"^([fps])$", re.IGNORECASE)
"""Text between two numbers of a plate reader's names, such as r02c03f01p01: the field,
the plane or the site. After other text, f counts frames and s seconds."""

WELL_PART = re.compile(r"(?:^|[^A-Za-z])[A-P]$")
"""Text before the number of a well, such as B02."""

MOST_CHANNELS = 8
"""Number of files above which a lone number after c counts frames, not channels."""

GAP = 1.5
"""Multiple of the shortest interval from which frames are missing in between: intervals
of real clocks vary less."""

NAMED = 3
"""Maximum number of missing files that a message names."""


class _Number(NamedTuple):
    """A number in a name, and the text before it; times are in seconds."""

    text: str
    value: float | int
    digits: int = 0
    is_time: bool = False


@dataclass(frozen=True)
class NamedFrames:
    """The files of one channel in the order of time.

    Parameters
    ----------
    paths : list of Path
    interval : float or None
        Seconds between frames, if the names tell.
    """

    paths: list[Path]
    interval: float | None


def ordered_frames(paths: Sequence[Path], channel: int | None = None) -> NamedFrames:
    """Order the files of a folder by the time in their names.

    A name may count frames (``t007``), or state a time (``0.15h``, ``01d06h30m``,
    ``20240131_1530``, ``153000``). Numbers are integers, or else decimals, or else
    times of the day: the first reading in which frames are evenly spaced.

    Parameters
    ----------
    paths : sequence of Path
        All in one folder.
    channel : int, optional
        Starting at 0; for folders whose names also number the channels.

    Raises
    ------
    AsistError
        Frames are missing, or the files are those of several channels, positions or
        slices.
    """
    channels = _by_channel(paths)
    if len(channels) > 1:
        if channel is None:
            raise AsistError(_choice(paths, channels))
        if not 0 <= channel < len(channels):
            raise AsistError(
                f"{paths[0].parent} has {len(channels)} channels; choose one with "
                f"--channel 0 to --channel {len(channels) - 1}."
            )
        paths = list(channels.values())[channel]
    return _in_order(paths)


def channels_in_names(paths: Sequence[Path]) -> list[str]:
    """Return the names of the channels that file names distinguish, or none."""
    channels = _by_channel(paths)
    return list(channels) if len(channels) > 1 else []


def _in_order(paths: Sequence[Path]) -> NamedFrames:
    if len(paths) == 1:
        return NamedFrames(list(paths), None)
    faults: list[AsistError] = []
    for pattern, is_clock in ((INTEGER, False), (DECIMAL, False), (INTEGER, True)):
        try:
            rows = _numbers(paths, pattern)
            found = _placed(paths, _as_clocks(rows) if is_clock else rows)
        except AsistError as error:
            faults.append(error)
            continue
        _refuse_two_readings(paths, rows, found)
        return found
    # The usual reading is the one to complain about.
    raise faults[0]


def _refuse_two_readings(
    paths: Sequence[Path], rows: Sequence[Sequence[_Number]], found: NamedFrames
) -> None:
    """Raise an error if numbers could be decimals or dates in another order."""
    has_points = any(number.text in (".", ",") for number in rows[0])
    decimals = _as_decimals(paths) if has_points else None
    varying = [row[place] for place in _varying(rows) for row in rows]
    is_day_first = all(
        number.digits == DATE_DIGITS
        and DAY_FIRST.fullmatch(f"{number.value:0{DATE_DIGITS}}")
        for number in varying
    )
    if is_day_first or (decimals and decimals.paths != found.paths):
        raise AsistError(
            f"{paths[0].parent} has file names such as {min(paths).name}, whose order "
            "is not certain; rename the files t000.tif, t001.tif and so on in the "
            "order of time."
        )


def _by_channel(paths: Sequence[Path]) -> dict[str, list[Path]]:
    """Group files by the channel in their names; one group if there is none."""
    one = {"": list(paths)}
    try:
        rows = _numbers(paths, INTEGER)
    except AsistError:
        return one
    varying = _varying(rows)
    words = {place: CHANNEL.search(rows[0][place].text) for place in varying}
    numbered = [place for place, word in words.items() if word]
    others = [place for place in varying if place not in numbered]
    if len(numbered) != 1 or len(others) > 1:
        return one
    if any(_not_time(rows[0], place) for place in others):
        return one
    (column,) = numbered
    _refuse_decimals(paths, rows[0][column + 1].text)
    word = words[column]
    assert word is not None
    groups: dict[float, list[Path]] = {}
    for path, row in zip(paths, rows, strict=True):
        groups.setdefault(row[column].value, []).append(path)
    if not others and len(groups) > MOST_CHANNELS:
        return one
    return {f"{word[1]}{value:g}": groups[value] for value in sorted(groups)}


def _refuse_decimals(paths: Sequence[Path], following: str) -> None:
    """Raise an error if names such as c1.25 number either channels or steps of .25."""
    if following == "." and _as_decimals(paths):
        raise AsistError(
            f"{paths[0].parent} has file names such as {min(paths).name}, which may "
            "contain a decimal number, or a channel and a frame; rename the files "
            "t000.tif, t001.tif and so on, and move other channels to another folder."
        )


def _as_decimals(paths: Sequence[Path]) -> NamedFrames | None:
    """Order files by their numbers as decimals, or return None if that is no order."""
    with suppress(AsistError):
        return _placed(paths, _numbers(paths, DECIMAL))
    return None


def _choice(paths: Sequence[Path], channels: dict[str, list[Path]]) -> str:
    named = ", ".join(f"{number} {name}" for number, name in enumerate(channels))
    text = (
        f"{paths[0].parent} has files of {len(channels)} channels ({named}); choose "
        "one with --channel, for example --channel 0"
    )
    most = max(map(len, channels.values()))
    short = [
        f"{name} has only {len(group)} of {most} frames"
        for name, group in channels.items()
        if len(group) < most
    ]
    return f"{text}. Note that {' and '.join(short)}." if short else f"{text}."


def _numbers(paths: Sequence[Path], pattern: re.Pattern[str]) -> list[list[_Number]]:
    """Return the numbers in each name.

    Raises
    ------
    AsistError
        The texts between the numbers differ.
    """
    rows = [_numbers_in(path.stem, pattern) for path in paths]
    kinds = Counter(
        "#".join(number.text for number in row) + path.suffix
        for path, row in zip(paths, rows, strict=True)
    )
    if len(kinds) > 1:
        (usual, _), (other, _) = kinds.most_common()[:2]
        raise AsistError(
            f"{paths[0].parent} contains more than one kind of image ({usual} and "
            f"{other}); keep only the frames of one video in the folder."
        )
    return rows


def _numbers_in(stem: str, pattern: re.Pattern[str]) -> list[_Number]:
    numbers: list[_Number] = []
    start = end = 0
    while digit := INTEGER.search(stem, start):
        text = stem[end : digit.start()]
        for read in (_date, _clock_of_half_day, _duration):
            found = read(stem, digit.start())
            if found:
                end, seconds = found
                numbers.append(_Number(text, seconds, is_time=True))
                break
        else:
            plain = pattern.match(stem, digit.start())
            assert plain is not None
            end = plain.end()
            # Floats would not tell long integers apart.
            is_whole = plain[0].isdigit()
            value = int(plain[0]) if is_whole else float(plain[0].replace(",", "."))
            numbers.append(_Number(text, value, len(plain[0])))
        start = end
    return [*numbers, _Number(stem[end:], 0)]


def _date(stem: str, start: int) -> tuple[int, float] | None:
    """Return where a date ends, and its seconds; None if there is none."""
    found = DATE.match(stem, start) or DATE_WITH_UNITS.match(stem, start)
    if found is None:
        return None
    *date_parts, hour, minute, second = found.groups(default="0")
    year, month, day = (date_parts[place] for place in (0, -2, -1))
    try:
        date = datetime(int(year), int(month), int(day), tzinfo=UTC)
    except ValueError:  # such as February 30
        return None
    hours, end = int(hour), found.end()
    half = HALF_DAY.match(stem, end)
    if half and 1 <= hours <= 12:
        hours, end = _whole_day(hours, half), half.end()
    seconds = HOUR * hours + MINUTE * int(minute) + int(second)
    return end, date.timestamp() + seconds


def _clock_of_half_day(stem: str, start: int) -> tuple[int, float] | None:
    """Return where a time before AM or PM ends, and its seconds; None if it is none."""
    found = CLOCK_OF_HALF_DAY.match(stem, start)
    half = HALF_DAY.match(stem, found.end()) if found else None
    if found is None or half is None:
        return None
    hour, minute, second = found.groups(default="0")
    seconds = HOUR * _whole_day(int(hour), half) + MINUTE * int(minute) + int(second)
    return half.end(), seconds


def _whole_day(hour: int, half: re.Match[str]) -> int:
    """Return an hour of a clock of 12 hours as one of 24."""
    return hour % 12 + (12 if half[1].lower() == "p" else 0)


def _duration(stem: str, start: int) -> tuple[int, float] | None:
    """Return where a time with units ends, and its seconds; None if there is none."""
    found = DURATION.match(stem, start)
    if found is None or found.end() == start:
        return None
    days, hours, minutes, word, seconds, rest = found.groups(default="0")
    # A lone m may stand for meters or for anything else.
    if found[0] == f"{minutes}{word}" and word.lower() == "m":
        return None
    parts = (days, hours, minutes, seconds, rest)
    units = (DAY, HOUR, MINUTE, 1, MILLISECOND)
    total = sum(float(a) * b for a, b in zip(parts, units, strict=True))
    return found.end(), total


def _as_clocks(rows: list[list[_Number]]) -> list[list[_Number]]:
    """Read numbers of 4 or 6 digits as hours, minutes and seconds, if all can be.

    Those of the first hour are counts: 000100 does not follow 000059, nor 0100 0059.
    """
    changed = [list(row) for row in rows]
    for place in _varying(rows):
        digits = {row[place].digits for row in rows}
        if len(digits) > 1 or not digits <= {*CLOCK_DIGITS}:
            continue
        unit = 1 if digits == {6} else 100
        values = [unit * int(row[place].value) for row in rows]
        clocks = [(v // 10_000, v // 100 % 100, v % 100) for v in values]
        hours = [hour for hour, _, _ in clocks]
        if not (any(hours) if unit == 1 else all(hours)):
            continue
        if all(h < 24 and m < 60 and s < 60 for h, m, s in clocks):
            for row, (h, m, s) in zip(changed, clocks, strict=True):
                seconds = HOUR * h + MINUTE * m + s
                row[place] = row[place]._replace(value=seconds, is_time=True)
    return changed


def _varying(rows: Sequence[Sequence[_Number]]) -> list[int]:
    columns = zip(*rows, strict=True)
    return [
        place
        for place, column in enumerate(columns)
        if len({number.value for number in column}) > 1
    ]


def _placed(paths: Sequence[Path], rows: Sequence[Sequence[_Number]]) -> NamedFrames:
    """Order files by the column of time, if the others agree with it."""
    varying = _varying(rows)
    columns = {place: [row[place].value for row in rows] for place in varying}
    first: dict[tuple[float, ...], Path] = {}
    for path, row in zip(paths, rows, strict=True):
        values = tuple(row[place].value for place in varying)
        if first.setdefault(values, path) is not path:
            raise AsistError(
                f"{first[values]} and {path.name} have the same numbers in their "
                "names; keep one of them."
            )
    complete = [place for place in varying if len(set(columns[place])) == len(paths)]
    agreeing = [
        place
        for place in complete
        if all(_agree(columns[place], other) for other in columns.values())
    ]
    if not agreeing:
        raise AsistError(_mixture(paths, rows, varying))
    if words := {word for place in varying if (word := _not_time(rows[0], place))}:
        raise AsistError(
            f"{paths[0].parent} contains files that differ in the number "
            f"{min(words)}, which is not a time; keep only the files of one slice "
            "and position, or rename the files t000.tif, t001.tif and so on if it is "
            "a time."
        )
    # A counter has no irregular intervals, so it tells best which frames are missing.
    is_time = {place: rows[0][place].is_time for place in agreeing}
    counter = min(agreeing, key=lambda place: is_time[place])
    order = sorted(range(len(paths)), key=lambda index: columns[counter][index])
    ordered = [paths[index] for index in order]
    counts = [columns[counter][index] for index in order]
    _refuse_gaps(ordered, counts, is_time[counter])
    interval = None
    for place in agreeing:
        if is_time[place]:
            times = sorted(columns[place])
            interval = (times[-1] - times[0]) / (len(times) - 1)
    return NamedFrames(ordered, interval)


def _not_time(row: Sequence[_Number], place: int) -> str:
    """Return what shows that a number is no time, such as “after z”, or nothing."""
    text = row[place].text
    if found := CONDITION.match(row[place + 1].text):
        return f"before “{found[1]}”"
    if found := NOT_TIME.search(text):
        return f"after “{found[1]}”"
    follows_number = place > 0 and row[place - 1].digits > 0
    if follows_number and (found := PLATE_PART.match(text)):
        return f"after “{found[1]}”"
    if not follows_number or not WELL_PART.search(row[place - 1].text):
        return ""
    if re.fullmatch(r"[-_ ]s", text, re.IGNORECASE):
        return f"after “{text[1:]}”"
    # After a well, a number counts frames, unless the name states their time later.
    is_timed = any(number.is_time for number in row[place + 1 :])
    return "after the well" if is_timed and len(text) == 1 else ""


def _agree(one: Sequence[float], other: Sequence[float]) -> bool:
    """Return whether both put the files in the same order."""
    by_one = [value for _, value in sorted(zip(one, other, strict=True))]
    return all(b > a for a, b in pairwise(by_one))


def _refuse_gaps(paths: list[Path], values: list[float], is_time: bool) -> None:
    steps = [b - a for a, b in pairwise(values)]
    step = min(steps)
    gaps = [place for place, one in enumerate(steps) if one >= GAP * step]
    if not gaps:
        return
    folder = paths[0].parent
    if is_time or step != int(step):
        before, after = paths[gaps[0]].name, paths[gaps[0] + 1].name
        raise AsistError(
            f"{folder} lacks frames between {before} and {after}: other frames follow "
            "each other faster. Restore the files, or number the frames t000.tif, "
            "t001.tif and so on if the interval really changes."
        )
    missing = [round(steps[place] / step) - 1 for place in gaps]
    first = (
        int(values[place] + step * number)
        for place, count in zip(gaps, missing, strict=True)
        for number in range(1, count + 1)
    )
    named = ", ".join(map(str, islice(first, NAMED)))
    more = f" and {sum(missing) - NAMED} more" if sum(missing) > NAMED else ""
    noun = "frame" if sum(missing) == 1 else "frames"
    raise AsistError(
        f"{folder} has no {noun} {named}{more} (after {paths[gaps[0]].name}); restore "
        "the missing files or renumber the frames."
    )


def _mixture(
    paths: Sequence[Path], rows: Sequence[Sequence[_Number]], varying: list[int]
) -> str:
    """Say which numbers vary, and which file a complete grid would also have."""
    names = [_called(rows[0][place].text) for place in varying]
    grid = {tuple(row[place].value for place in varying) for row in rows}
    counts = [Counter(values) for values in zip(*grid, strict=True)]
    product = 1
    for count in counts:
        product *= len(count)
    text = (
        f"{paths[0].parent} contains files that differ in {len(varying)} numbers "
        f"({', '.join(names)}), such as frame and channel; keep only the files of one "
        "channel and position"
    )
    missing = product - len(paths)
    if not 0 < missing <= product // 2:
        return f"{text}."
    files = "file is" if missing == 1 else "files are"
    return f"{text}. {missing} {files} missing, too."


def _called(text: str) -> str:
    """Return what a number is called in a name: the letters before it."""
    word = re.search(r"([A-Za-z]+)[-_ .]*$", text)
    return f"after “{word[1]}”" if word else "another one"
