# The corpus of scenarios and its first two drivers: see README.md here.
EXTRA_DIST += tests/scenarios/README.md
