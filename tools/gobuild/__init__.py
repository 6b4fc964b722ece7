"""Programs that no package index has, built once from pinned Go modules into the checkout.

The Pulumi engine (`tools.engine`) and the servers of a cluster (`tools.servers`) are such programs.
Standard library only: it may run before the project's packages are installed.
"""
