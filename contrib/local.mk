# Scripts and examples; nothing here is built.
EXTRA_DIST += \
	contrib/attach-postfix.sh \
	contrib/quickstart.py \
	contrib/quickstart.sh \
	contrib/setup.sh \
	contrib/test-full.sh \
	contrib/test.sh
