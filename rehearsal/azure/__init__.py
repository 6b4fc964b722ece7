"""What the rehearsal knows about Microsoft Azure (pulumi-azure-native 3.29)."""

from rehearsal.azure.package import Azure

PACKAGE = Azure()
