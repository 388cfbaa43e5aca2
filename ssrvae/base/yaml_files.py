"""YAML files that users write: a key that stands twice is refused, where YAML would keep the latter unseen."""

from pathlib import Path
from typing import Any

import yaml

from datagen.errors import InputError, naming

_MERGED = "tag:yaml.org,2002:merge"  # `<<`: each brings keys of its own


def read_yaml(path: str | Path) -> Any:
    """Read a YAML file; raises InputError naming it when it cannot be read, is no YAML or has a key twice."""
    with naming(path):
        try:
            return yaml.load(Path(path).read_text(encoding="utf-8"), _KeysOnce)
        except OSError as error:
            raise InputError(f"cannot be read ({error.strerror})") from error
        except InputError:
            raise
        except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: 2020-13-45 is no date
            raise InputError(f"is not YAML ({' '.join(str(error).split())})") from error


class _KeysOnce(yaml.SafeLoader):
    """Loads what SafeLoader does, but no mapping that has a key twice."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        lines: dict[tuple[str, str], int] = {}
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == _MERGED:
                continue
            line = key.start_mark.line + 1
            if (named := (key.tag, key.value)) in lines:
                raise InputError(f"line {line}: key {key.value!r} stands in line {lines[named]} as well; keep one")
            lines[named] = line
        return node
