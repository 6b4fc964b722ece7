"""What a program loads: the settings no SDK at all, a composition its own cloud's and its clusters' only."""

from __future__ import annotations

import subprocess
import sys

import pytest

SDKS = ("pulumi_gcp", "pulumi_aws", "pulumi_azure_native", "pulumi_kubernetes")


@pytest.mark.parametrize(
    ("module", "allowed"),
    [
        ("stacks.settings", ""),
        ("components.gcp", ""),
        ("components.gcp.firewall_rules", ""),
        ("stacks.gcp", "pulumi_gcp pulumi_kubernetes"),
        ("components.aws", ""),
        ("components.aws.waf_rules", ""),
        ("stacks.aws", "pulumi_aws pulumi_kubernetes"),
        ("components.azure", ""),
        ("stacks.azure", "pulumi_azure_native pulumi_kubernetes"),
        ("components.kubernetes", ""),
        ("components.kubernetes.namespaces", "pulumi_kubernetes"),
    ],
)
def test_only_the_chosen_clouds_sdk_is_imported(module: str, allowed: str) -> None:
    code = (
        f"import {module}, sys; print(*sorted({{name.split('.')[0] for name in sys.modules}} & set({SDKS})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == allowed
