"""Reusable Pulumi components. One folder per cloud, one file per capability, the same file names in each.

Importing this package imports no cloud SDK: `stacks/` chooses a cloud and imports its leaf modules only.
"""
