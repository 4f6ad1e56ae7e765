"""Read YAML from anybody: plain values only, and no more work than the text is long."""

import re
from collections import Counter
from typing import Any

import yaml

from napari_asist.errors import AsistError

LONGEST = 1_000_000
"""Characters of a file; a density map of 200 × 200 cells has a quarter of them."""

DEEPEST = 20
"""Levels of nested lists and sections."""


class _PlainLoader(yaml.SafeLoader):
    """Numbers as in YAML 1.2; no aliases, repeats, dates or deep nesting.

    In YAML 1.1, 010 is 8, 1:30 is 90 and 1e-3 is a text.
    """

    # Changed below, without changing the base class.
    yaml_implicit_resolvers = {  # noqa: RUF012 - the name and type are PyYAML's
        first: [
            (tag, pattern)
            for tag, pattern in resolvers
            if tag.rpartition(":")[2] in ("bool", "null")
        ]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Build a node of the document; the name is PyYAML's."""
        if self.check_event(yaml.AliasEvent):
            raise AsistError("references to other places (*name) are not allowed")
        if self.depth >= DEEPEST:
            raise AsistError(f"it is nested more than {DEEPEST} levels deep")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """Return the values of a section; the name is PyYAML's."""
        names = Counter(str(name.value) for name, _ in node.value)
        for name, count in names.items():
            if count > 1:
                raise AsistError(f"{name} is set {count} times in one section")
        values: dict[Any, Any] = super().construct_mapping(node, deep)
        return values


def _integer(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    return int(loader.construct_scalar(node))


_PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"[-+]?\d+$"), list("-+0123456789")
)
_PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(
        r"(?:[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
    ),
    list("-+.0123456789"),
)
_PlainLoader.add_constructor("tag:yaml.org,2002:int", _integer)


def load_plain(text: str) -> Any:
    """Return the values in a YAML text.

    Parameters
    ----------
    text : str

    Raises
    ------
    AsistError
        The text is not YAML, too long, nested too deeply, repeats a name, or contains
        references; the message is a clause without the name of the file.
    """
    if len(text) > LONGEST:
        raise AsistError(f"it has more than {LONGEST:,} characters")
    try:
        return yaml.load(text, _PlainLoader)  # nosec B506: it is a SafeLoader
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise AsistError(" ".join(str(error).split())) from error
