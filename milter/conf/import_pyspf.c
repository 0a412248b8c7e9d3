/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every key of policyd-spf.conf(5), which pyspf-milter and the policy server
 * share.
 */
#include "milter/conf/import_impl.h"

#define ONE_LINE                                                            \
	"sealwax logs one line for each message; sealwax-check tells more " \
	"about one that was saved"
#define POSTFIX_CLASS                                                       \
	"a milter cannot choose restrictions of Postfix; a passing SPF is " \
	"in Authentication-Results"
#define PER_USER "what is done does not depend on the recipient"
#define SPARES                                                             \
	"sealwax spares no sender from SPF by its name; where it can, it " \
	"believes DKIM, which survives forwarding"

const struct wax_import_key wax_import_pyspf[] = {
	{ .name = "Authserv_Id",
	    .to = "authserv-id",
	    .apply = wax_import_to_authserv_id },
	{ .name = "debugLevel", .needless = ONE_LINE },
	{ .name = "defaultSeedOnly", .is_decided = true, .to = "mode" },
	{ .name = "Domain_Whitelist", .is_decided = true, .dropped = SPARES },
	{ .name = "Domain_Whitelist_PTR",
	    .is_decided = true,
	    .dropped = SPARES },
	{ .name = "Header_Type", .is_decided = true, .to = "received-spf" },
	{ .name = "HELO_pass_restriction", .dropped = POSTFIX_CLASS },
	{ .name = "HELO_reject", .is_decided = true },
	{ .name = "HELO_Whitelist", .is_decided = true, .dropped = SPARES },
	{ .name = "Hide_Receiver",
	    .needless = "no field of ours names a recipient" },
	{ .name = "InternalHosts",
	    .to = "internal-networks",
	    .apply = wax_import_to_internal_set },
	{ .name = "IntHosts", .dropped = "it only works inside of the milter" },
	{ .name = "Lookup_Time",
	    .to = "dns-deadline",
	    .apply = wax_import_to_deadline },
	{ .name = "MacroList",
	    .to = "originating-daemon-names",
	    .dropped = "originating-daemon-names lists the daemons of the mail "
	               "server whose mail is not judged; other macros are not "
	               "looked at" },
	{ .name = "MacroListVerify",
	    .to = "originating-daemon-names",
	    .dropped = "originating-daemon-names lists the daemons of the mail "
	               "server whose mail is not judged; other macros are not "
	               "looked at" },
	{ .name = "Mail_From_pass_restriction", .dropped = POSTFIX_CLASS },
	{ .name = "Mail_From_reject", .is_decided = true, .to = "on-spf-fail" },
	{ .name = "Mock",
	    .needless = "nothing has to be worked around: our field is written "
	                "once, and no other milter has to read it" },
	{ .name = "No_Mail", .is_decided = true },
	{ .name = "Per_User", .dropped = PER_USER },
	{ .name = "PermError_reject", .is_decided = true },
	{ .name = "PidFile",
	    .to = "pid-file",
	    .needless = "systemd needs none; for another supervisor set "
	                "pid-file to a path below /run/sealwax" },
	{ .name = "Prospective",
	    .dropped = "sealwax judges mail that arrives; sealwax-check --ip "
	               "shows what others would find" },
	{ .name = "QueueID", .needless = "each log line has the queue id" },
	{ .name = "Reason_Message",
	    .dropped = "the text of a refusal is fixed; reject-url adds a page "
	               "of yours to it" },
	{ .name = "Reject_Not_Pass_Domains", .is_decided = true },
	{ .name = "skip_addresses",
	    .to = "internal-networks",
	    .apply = wax_import_to_internal_list },
	{ .name = "Socket", .to = "socket", .apply = wax_import_to_socket },
	{ .name = "SPF_Enhanced_Status_Codes", .is_decided = true },
	{ .name = "TempError_Defer", .is_decided = true, .to = "on-temperror" },
	{ .name = "TestOnly", .is_decided = true, .to = "mode" },
	{ .name = "UMask", .to = "socket-mode", .apply = wax_import_to_umask },
	{ .name = "UserID", .to = "user", .apply = wax_import_to_user },
	{ .name = "Void_Limit", .is_decided = true },
	{ .name = "Whitelist", .to = "relays", .apply = wax_import_to_relays },
	{ .name = "Whitelist_Lookup_Time",
	    .needless = "there is one deadline for all questions of a message "
	                "(dns-deadline)" },
	{ .name = NULL },
};
