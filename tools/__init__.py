"""What runs the project on a machine: bootstrap, engine, and the commands behind the Makefile."""
