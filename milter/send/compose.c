/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A report as a mail message: a header of fixed fields, a note for people,
 * and one attachment. Nothing in it depends on anything but the arguments;
 * when it is made again only the Date differs.
 */
#include "milter/send/compose.h"

#include <inttypes.h>
#include <time.h>

#include "policy/base/base64.h"
#include "policy/base/limits.h"
#include "policy/base/text.h"
#include "policy/mail/abnf.h"
#include "policy/report/rua.h"

/* RFC 2045 s6.7, s6.8 */
#define BODY_LINE 76
/* Octets of text in one encoded word of RFC 2047 s2: 60 of base64 and 12
 * around them are below 75. */
#define WORD_OCTETS 45
/* Octets of a display name that stands as it is on the line of From. */
#define PLAIN_NAME_MAX 60

/* --- what others chose ---------------------------------------------------- */

/*
 * Text of the operator's or a stranger's as one line: controls become blanks;
 * if it is not UTF-8, so do the octets that are not ASCII become "?".
 */
static struct wax_str
one_line(struct wax_arena *arena, struct wax_str s)
{
	bool is_utf8 = wax_is_utf8(s);
	struct wax_text text;

	wax_text_init(&text, arena);
	for (size_t i = 0; i < s.n; i++) {
		if (wax_is_control(s.p[i]))
			wax_text_addc(&text, ' ');
		else if (!is_utf8 && (unsigned char)s.p[i] > 0x7f)
			wax_text_addc(&text, '?');
		else
			wax_text_addc(&text, s.p[i]);
	}
	return wax_str_trim(wax_text_str(&text));
}

/*
 * A value that its maker has checked (address, domain, Report-ID, file name),
 * for a header field: whatever the store says, no other octet gets there.
 */
static void
add_checked(struct wax_text *text, struct wax_str s)
{
	for (size_t i = 0; i < s.n; i++)
		wax_text_addc(
		    text, s.p[i] > 0x20 && s.p[i] < 0x7f ? s.p[i] : '_');
}

/* The same between quotes. */
static void
add_checked_quoted(struct wax_text *text, struct wax_str s)
{
	for (size_t i = 0; i < s.n; i++)
		wax_text_addc(text, s.p[i] > 0x20 && s.p[i] < 0x7f &&
		                            s.p[i] != '"' && s.p[i] != '\\' &&
		                            s.p[i] != '/'
		                        ? s.p[i]
		                        : '_');
}

/* --- times ---------------------------------------------------------------- */

#define SECOND_MAX INT64_C(253402300799) /* of the year 9999 */

static struct tm
utc(int64_t when)
{
	time_t t =
	    (time_t)(when < 0 ? 0 : (when > SECOND_MAX ? SECOND_MAX : when));
	struct tm tm = { 0 };

	WAX_ASSERT(gmtime_r(&t, &tm) != NULL);
	return tm;
}

/* RFC 5322 s3.3; the words are English in every locale. */
static void
add_date(struct wax_text *text, int64_t when)
{
	static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu",
		"Fri", "Sat" };
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct tm tm = utc(when);

	wax_text_addf(text, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n",
	    days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
	    tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static struct wax_str
shown_time(struct wax_arena *arena, int64_t when)
{
	struct tm tm = utc(when);

	return wax_textf(arena, "%04d-%02d-%02d %02d:%02d:%02d",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
	    tm.tm_sec);
}

/* --- the header ----------------------------------------------------------- */

static bool
is_plain_name(struct wax_str name)
{
	if (name.n > PLAIN_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		if ((unsigned char)name.p[i] > 0x7f)
			return false;
		/* Some readers decode it within quotes, too. */
		if (name.p[i] == '=' && i + 1 < name.n && name.p[i + 1] == '?')
			return false;
	}
	return true;
}

/* So many octets of the text's front that no character is cut. */
static size_t
whole_characters(struct wax_str s, size_t max)
{
	size_t n = s.n < max ? s.n : max;

	while (n < s.n && n > 0 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

/* RFC 2047 s2: several words, each of whole characters, on lines of their
 * own. */
static void
add_encoded_words(struct wax_text *text, struct wax_str name)
{
	bool is_first = true;

	while (name.n > 0) {
		size_t n = whole_characters(name, WORD_OCTETS);

		wax_text_addz(text, is_first ? "" : "\r\n ");
		wax_text_addz(text, "=?UTF-8?B?");
		wax_text_add(text,
		    wax_base64_encode(text->arena, wax_str_head(name, n)));
		wax_text_addz(text, "?=");
		name = wax_str_from(name, n);
		is_first = false;
	}
}

/* RFC 5322 s3.2.4 */
static void
add_quoted(struct wax_text *text, struct wax_str name)
{
	wax_text_addc(text, '"');
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '"' || name.p[i] == '\\')
			wax_text_addc(text, '\\');
		wax_text_addc(text, name.p[i]);
	}
	wax_text_addc(text, '"');
}

static void
add_from(struct wax_text *text, const struct wax_report_mail *mail)
{
	struct wax_str name = one_line(text->arena, mail->org_name);

	wax_text_addz(text, "From: ");
	if (name.n > 0) {
		if (is_plain_name(name))
			add_quoted(text, name);
		else
			add_encoded_words(text, name);
		wax_text_addz(text, "\r\n ");
	}
	wax_text_addc(text, '<');
	add_checked(text, mail->from);
	wax_text_addz(text, ">\r\n");
}

/* Folded before the word that would not fit any more: the words themselves
 * are not cut.                                           RFC 5322 s2.2.3 */
static void
add_subject(struct wax_text *text, const struct wax_report_mail *mail)
{
	struct wax_str rest = wax_report_subject(
	    text->arena, mail->policy_domain, mail->submitter, mail->report_id);
	struct wax_str word;
	size_t column = sizeof "Subject:" - 1;

	wax_text_addz(text, "Subject:");
	while (wax_str_cut(&rest, ' ', &word)) {
		if (column + 1 + word.n > WAX_HEADER_LINE_FOLD) {
			wax_text_addz(text, "\r\n");
			column = 0;
		}
		wax_text_addc(text, ' ');
		add_checked(text, word);
		column += 1 + word.n;
	}
	wax_text_addz(text, "\r\n");
}

/* "=_" is in no line of base64 or quoted-printable: RFC 2045 s6.7. */
static void
add_boundary(struct wax_text *text, const struct wax_report_mail *mail)
{
	wax_text_addz(text, "=_");
	add_checked_quoted(text, mail->report_id);
}

static void
add_header(struct wax_text *text, const struct wax_report_mail *mail)
{
	add_date(text, mail->date);
	add_from(text, mail);
	wax_text_addz(text, "To: <");
	add_checked(text, mail->to);
	wax_text_addz(text, ">\r\n");
	add_subject(text, mail);
	wax_text_addz(text, "Message-ID: <");
	add_checked(text, mail->report_id);
	wax_text_addc(text, '@');
	wax_text_add(text, mail->submitter.text);
	wax_text_addz(text,
	    ">\r\n"
	    /* RFC 3834 s5: nobody is to answer, on leave or not. */
	    "Auto-Submitted: auto-generated\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: multipart/mixed;\r\n boundary=\"");
	add_boundary(text, mail);
	wax_text_addz(text, "\"\r\n\r\n");
}

/* --- the note ------------------------------------------------------------- */

static struct wax_str
note(struct wax_arena *arena, const struct wax_report_mail *mail)
{
	struct wax_str org = one_line(arena, mail->org_name);
	struct wax_str contact = one_line(arena, mail->contact);
	struct wax_str domain = mail->policy_domain.text;
	struct wax_text text;

	wax_text_init(&text, arena);
	wax_text_addf(&text,
	    "This is a DMARC aggregate report (RFC 9990). It was made by a "
	    "program, for\na program to read.\n\n"
	    "About:    mail that said it was from %.*s\n"
	    "Period:   %.*s to\n          %.*s UTC\n"
	    "Messages: %" PRIu64 "\n",
	    WAX_FMT(domain), WAX_FMT(shown_time(arena, mail->period.begin)),
	    WAX_FMT(shown_time(arena, mail->period.end)), mail->n_messages);
	if (org.n > 0)
		wax_text_addf(&text, "Made by:  %.*s\n", WAX_FMT(org));
	if (contact.n > 0)
		wax_text_addf(&text, "Contact:  %.*s\n", WAX_FMT(contact));
	wax_text_addf(&text,
	    "\nIt comes to this address because the DMARC record at\n"
	    "_dmarc.%.*s\nasks for it, in its rua tag. To get no more of them, "
	    "take the address\nout of that record%s.\n",
	    WAX_FMT(domain), contact.n > 0 ? ", or ask the contact above" : "");
	return wax_text_str(&text);
}

/* RFC 2045 s6.7; `text` has LF at the end of each line. */
static void
add_quoted_printable(struct wax_text *out, struct wax_str text)
{
	struct wax_str line;

	while (wax_str_cut(&text, '\n', &line) && (line.n > 0 || text.n > 0)) {
		size_t column = 0;

		for (size_t i = 0; i < line.n; i++) {
			unsigned char c = (unsigned char)line.p[i];
			bool is_plain =
			    c != '=' && c < 0x7f &&
			    (c > ' ' || (c == ' ' && i + 1 < line.n));

			if (column + (is_plain ? 1 : 3) > BODY_LINE - 1) {
				wax_text_addz(out, "=\r\n");
				column = 0;
			}
			if (is_plain)
				wax_text_addc(out, (char)c);
			else
				wax_text_addf(out, "=%02X", c);
			column += is_plain ? 1 : 3;
		}
		wax_text_addz(out, "\r\n");
	}
}

/* --- the attachment ------------------------------------------------------- */

static void
add_base64(struct wax_text *text, struct wax_str octets)
{
	struct wax_str rest = wax_base64_encode(text->arena, octets);

	while (rest.n > 0) {
		wax_text_add(text, wax_str_head(rest, BODY_LINE));
		wax_text_addz(text, "\r\n");
		rest = wax_str_from(rest, BODY_LINE);
	}
}

/*
 * The name is one quoted string on one line: two domains of 253 octets leave
 * room below 998, and readers that know nothing of RFC 2231 get it right.
 *                                        RFC 9990 s3.5.2, RFC 2183 s2.3
 */
static void
add_attachment(struct wax_text *text, const struct wax_report_mail *mail)
{
	wax_text_addz(text, "Content-Type: application/gzip;\r\n name=\"");
	add_checked_quoted(text, mail->file_name);
	wax_text_addz(text, "\"\r\nContent-Transfer-Encoding: base64\r\n"
	                    "Content-Disposition: attachment;\r\n filename=\"");
	add_checked_quoted(text, mail->file_name);
	wax_text_addz(text, "\"\r\n\r\n");
	add_base64(text, mail->gzip);
}

struct wax_str
wax_compose(struct wax_arena *arena, const struct wax_report_mail *mail)
{
	struct wax_text text;

	wax_text_init(&text, arena);
	add_header(&text, mail);
	wax_text_addz(&text, "--");
	add_boundary(&text, mail);
	wax_text_addz(&text,
	    "\r\nContent-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
	add_quoted_printable(&text, note(arena, mail));
	wax_text_addz(&text, "--");
	add_boundary(&text, mail);
	wax_text_addz(&text, "\r\n");
	add_attachment(&text, mail);
	wax_text_addz(&text, "--");
	add_boundary(&text, mail);
	wax_text_addz(&text, "--\r\n");
	return wax_text_str(&text);
}
