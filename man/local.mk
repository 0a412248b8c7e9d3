# Manual pages, in mdoc(7).
dist_man_MANS += \
	man/sealwax-check.1 \
	man/sealwax-data.7 \
	man/sealwax-report.1 \
	man/sealwax.7 \
	man/sealwax.conf.5 \
	man/sealwaxd.8
