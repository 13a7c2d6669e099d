"""The families of faults, each injected from outside the program: ``python -m tests.faults``."""
