# What a machine can check of the conventions.
EXTRA_DIST += tests/lint/layers tests/lint/readme tests/lint/style
TESTS += tests/lint/layers tests/lint/readme tests/lint/style

# What tests/SECURITY-TESTS.md names is there, and what is there is named.
EXTRA_DIST += tests/SECURITY-TESTS.md tests/lint/security
TESTS += tests/lint/security

# The manual and the example, against the table of keys.
EXTRA_DIST += tests/lint/conf
check_PROGRAMS += tests/lint/conf_keys
tests_lint_conf_keys_SOURCES = tests/lint/conf_keys.c
tests_lint_conf_keys_LDADD = libwaxconf.a libwaxsys.a libwaxpolicy.a \
	$(CONFIG_LIBS) $(IDN2_LIBS)
TESTS += tests/lint/conf

# The page of limits, against the header and the tests.
EXTRA_DIST += tests/LIMITS.md tests/lint/limits
TESTS += tests/lint/limits

# The page of what is stored, against the code.
EXTRA_DIST += tests/lint/stored
TESTS += tests/lint/stored
