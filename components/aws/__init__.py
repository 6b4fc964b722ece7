"""What a stack on AWS is made of: one file per capability, under the names that every cloud uses."""
