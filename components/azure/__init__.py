"""What a stack on Azure is made of: one file per capability, under the names that every cloud uses."""
