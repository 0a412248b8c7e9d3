/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/cmd/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <sysexits.h>

void
wax_options_help(FILE *out)
{
	(void)fputs("usage: sealwaxd [-f] [-c FILE] [-o KEY=VALUE]...\n"
	            "       sealwaxd -t|-T|-n [-c FILE] [-o KEY=VALUE]...\n"
	            "       sealwaxd --import FILE...\n"
	            "       sealwaxd -V|-h\n"
	            "  -f            stay in the foreground\n"
	            "  -c FILE       configuration (default " WAX_CONFIG_FILE
	            ", if it exists)\n"
	            "  -o KEY=VALUE  set a key, over what the file says\n"
	            "  -t            check the configuration\n"
	            "  -T            print every key, its value and origin\n"
	            "  -n            print the keys that differ from the"
	            " default\n"
	            "  --import FILE print a configuration that does what"
	            " those of OpenDMARC,\n"
	            "                OpenDKIM and the SPF milter do\n"
	            "  -V, -h        print the version, print this\n",
	    out);
}

static int
misused(const char *why)
{
	if (why != NULL)
		(void)fprintf(stderr, "sealwaxd: %s\n", why);
	wax_options_help(stderr);
	return EX_USAGE;
}

static bool
take(struct wax_options *options, const char **overrides, int letter)
{
	switch (letter) {
	case 'c':
		options->source.file = optarg;
		return true;
	case 'o':
		overrides[options->source.n_overrides++] = optarg;
		return true;
	case 'f':
		options->foreground = true;
		return true;
	case 't':
		options->task = WAX_TASK_CHECK;
		return true;
	case 'T':
		options->task = WAX_TASK_DUMP;
		return true;
	case 'n':
		options->task = WAX_TASK_DUMP_CHANGED;
		return true;
	case 'I':
		options->task = WAX_TASK_IMPORT;
		return true;
	case 'V':
		options->task = WAX_TASK_VERSION;
		return true;
	case 'h':
		options->task = WAX_TASK_HELP;
		return true;
	default:
		return false;
	}
}

/* What is printed comes of the files alone. */
static int
take_imports(struct wax_options *options, int n, char **files)
{
	if (options->source.file != NULL || options->source.n_overrides > 0 ||
	    options->foreground)
		return misused("--import takes files, and no other options");
	if (n == 0)
		return misused("--import needs files, such as"
		               " /etc/opendmarc.conf /etc/opendkim.conf");
	options->n_imports = (size_t)n;
	options->import = (const char *const *)files;
	return 0;
}

int
wax_options_parse(int argc, char **argv, struct wax_options *out)
{
	static const struct option long_options[] = {
		{ "import", no_argument, NULL, 'I' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char **overrides =
	    calloc((size_t)argc + 1, sizeof *overrides); /* kept for good */
	int letter;

	WAX_ASSERT(overrides != NULL);
	*out = (struct wax_options){ .task = WAX_TASK_SERVE };
	out->source.override = overrides;
	while ((letter = getopt_long(
	            argc, argv, "c:o:ftTnVh", long_options, NULL)) != -1) {
		if (!take(out, overrides, letter))
			return misused(NULL); /* getopt has said why */
	}
	if (out->task == WAX_TASK_IMPORT)
		return take_imports(out, argc - optind, argv + optind);
	if (optind != argc)
		return misused("there is an argument too many");
	return 0;
}

void
wax_options_absolute(struct wax_options *options)
{
	char *path;

	if (options->source.file == NULL || options->source.file[0] == '/')
		return;
	path = realpath(options->source.file, NULL); /* kept for good */
	if (path != NULL)
		options->source.file = path;
}
