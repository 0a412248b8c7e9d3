# What a machine can check of the conventions.
EXTRA_DIST += tests/lint/layers tests/lint/style
TESTS += tests/lint/style
