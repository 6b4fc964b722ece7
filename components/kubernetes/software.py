"""The software that runs in clusters, by digest and from the stack's own registry only.

Turns the names of `software.yaml` into references: an image as `<registry>/<name>@sha256:…`, a chart as
`oci://<registry>/<name>` with its version and digest.

Guarantees: no tag without a digest, no registry but the stack's; no example digest on a real cloud.

Leaves out: copying and signing, which docs/mirror.md describes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pulumi
import yaml
from pydantic import BaseModel, ConfigDict, Field

from components.contracts import Registry
from components.rehearsal import rehearsed


class Artifact(BaseModel):
    """One image or chart: its upstream, the version there, and the digest that runs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    upstream: str
    version: str
    digest: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    example: bool = False


class Catalogue(BaseModel):
    """`software.yaml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    images: Mapping[str, Artifact]
    charts: Mapping[str, Artifact]

    @property
    def artifacts(self) -> Mapping[str, Artifact]:
        """All of it by the names of a stack file: `NAME` is an image, `charts/NAME` a chart."""
        return {**self.images, **{f"charts/{name}": chart for name, chart in self.charts.items()}}


@cache
def catalogue() -> Catalogue:
    """`software.yaml`, read once."""
    text = Path(__file__).with_name("software.yaml").read_text(encoding="utf-8")
    return Catalogue.model_validate(yaml.safe_load(text))


@dataclass(frozen=True)
class Chart:
    """A chart as a release takes it: `reference` with `oci://` and the digest, and its version."""

    reference: pulumi.Output[str]
    version: str


@dataclass(frozen=True)
class Software:
    """References into one registry. `digests` are a stack's own: `NAME` is an image, `charts/NAME` a chart.

    Raises:
        ValueError: a digest for a name that is not in `software.yaml`.
    """

    registry: Registry
    digests: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        known = catalogue().artifacts
        for name in self.digests:
            if name not in known:
                raise ValueError(f"software.{name}: there is no such software; write one of {sorted(known)}")

    def image(self, name: str) -> pulumi.Output[str]:
        """The reference of an image, by digest."""
        digest = self._digest(name, catalogue().images[name])
        return self.registry.images.apply(lambda prefix: f"{prefix}{name}@{digest}")

    def repository(self, name: str) -> pulumi.Output[str]:
        """An image without its digest, for charts that ask for the parts."""
        return self.registry.images.apply(lambda prefix: f"{prefix}{name}")

    def digest(self, name: str) -> str:
        """The digest of an image, for charts that ask for the parts."""
        return self._digest(name, catalogue().images[name])

    def tag(self, name: str) -> str:
        """An image's version with its digest, for charts that know tags only. The digest decides."""
        return f"{catalogue().images[name].version}@{self.digest(name)}"

    def released(self) -> tuple[str, ...]:
        """The hexadecimal digits of every image that may run, sorted. An example is none on a real cloud."""
        digests = {
            self._digest(name, artifact)
            for name, artifact in catalogue().images.items()
            if name in self.digests or not artifact.example or rehearsed()
        }
        return tuple(sorted(digest.removeprefix("sha256:") for digest in digests))

    def chart(self, name: str) -> Chart:
        """The reference of a chart, by digest."""
        chart = catalogue().charts[name]
        digest = self._digest(f"charts/{name}", chart)
        reference = self.registry.charts.apply(lambda prefix: f"oci://{prefix}{name}@{digest}")
        return Chart(reference=reference, version=chart.version)

    def _digest(self, name: str, artifact: Artifact) -> str:
        """The digest that runs.

        Raises:
            ValueError: it is an example, and this is no rehearsal.
        """
        own = self.digests.get(name)
        if own is None and artifact.example and not rehearsed():
            raise ValueError(
                f"{name} has an example digest only; copy it into your registry as docs/mirror.md says, "
                f"and write its digest to palisade:software.{name}"
            )
        return own or artifact.digest
