"""Which way of scoring gave a score, where it is not the first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llmops_cli.core.canonical import content_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmops_cli.evals.suite import ScorerUse
    from llmops_cli.scorers.base import Scorer


@dataclass(frozen=True, slots=True)
class ScorerVersion:
    """A scorer's version, from the second on; `since` is the llmops that brought it.

    `without` is the scorer's identity as if it still had its first version: where it stayed, nothing but the
    version is new. It is empty for a scorer of one case, whose option is part of the case's inputs.
    """

    scorer: str
    version: int
    since: str
    without: str

    def __str__(self) -> str:
        return f"llmops scores `{self.scorer}` differently since {self.since}"

    @property
    def basis(self) -> str:
        """What the scores depend on beyond the inputs of a case that has the scorer for itself."""
        return content_hash([self.scorer, self.version])

    def to_json(self) -> dict[str, Any]:
        """A JSON object; `from_json` reads it back."""
        data = {"scorer": self.scorer, "version": self.version, "since": self.since}
        return data | {"without": self.without} if self.without else data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ScorerVersion:
        """Read what `to_json` wrote."""
        return cls(data["scorer"], data["version"], data["since"], data.get("without", ""))


def identify(scorer: Scorer, use: Mapping[str, Any]) -> tuple[str, ScorerVersion | None]:
    """The identity of a scorer as it is used, and its version where that is not the first.

    The first version is left out of the hash: baselines of llmops 0.1 know of none.
    """
    first = content_hash(use)
    if scorer.version == 1:
        return first, None
    version = ScorerVersion(scorer.name, scorer.version, scorer.since, first)
    return content_hash({**use, "version": scorer.version}), version


def case_bases(uses: Iterable[ScorerUse]) -> dict[str, str]:
    """What the scores of scorers of single cases rest on beyond the inputs of their cases, by metric.

    That is a version that is not the first, and the files of the project behind them.
    """
    listed = list(uses)
    bases = {metric: version.basis for metric, version in versions_of(listed).items()}
    files: dict[str, set[str]] = {}
    for use in listed:
        if use.scorer.files:
            files.setdefault(use.metric, set()).add(content_hash(use.scorer.identity))
    return bases | {
        metric: content_hash([bases.get(metric, ""), sorted(hashes)]) for metric, hashes in files.items()
    }


def versions_of(uses: Iterable[ScorerUse]) -> dict[str, ScorerVersion]:
    """Versions that are not the first, by metric; of several scorers the one whose name sorts last."""
    versions = [(use.metric, use.version) for use in uses if use.version is not None]
    return dict(sorted(versions, key=lambda pair: (pair[0], pair[1].scorer)))
