"""What the rehearsal knows about Amazon Web Services (pulumi-aws 7.51)."""

from rehearsal.aws.package import Aws

PACKAGE = Aws()
