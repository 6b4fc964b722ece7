"""Pulumi's `kubernetes` package in the rehearsal; see `rehearsal.kubernetes.package`."""

from rehearsal.kubernetes.package import KubernetesPackage

__all__ = ["PACKAGE"]

PACKAGE = KubernetesPackage()
