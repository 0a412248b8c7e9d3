# End-to-end tests: real mail servers, a real name server. They need root.
EXTRA_DIST += \
	tests/e2e/README.md \
	tests/e2e/attach.py \
	tests/e2e/corpus.py \
	tests/e2e/drills.py \
	tests/e2e/quickstart_test.py \
	tests/e2e/recipes.py \
	tests/e2e/run.sh \
	tests/e2e/sendmail.py \
	tests/e2e/stack.py \
	tests/e2e/trouble.py \
	tests/e2e/worst_mail.py

check-e2e: all $(check_PROGRAMS)
	sh $(srcdir)/tests/e2e/run.sh $(builddir)
.PHONY: check-e2e
