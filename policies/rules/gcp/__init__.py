"""Checks on the raw resource types of pulumi-gcp."""
