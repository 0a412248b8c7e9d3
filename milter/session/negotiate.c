/* SPDX-License-Identifier: BSD-2-Clause */
#include "milter/session/negotiate.h"

/* Without these we are no use. */
#define NEEDED_ACTIONS (SMFIF_ADDHDRS | SMFIF_CHGHDRS)
#define WANTED_ACTIONS (NEEDED_ACTIONS | SMFIF_QUARANTINE | SMFIF_SETSYMLIST)
/* Not shown: unknown commands, DATA. Not answered: all before the end. */
#define WANTED_STEPS                                                      \
	(SMFIP_NOUNKNOWN | SMFIP_NODATA | SMFIP_NR_CONN | SMFIP_NR_HELO | \
	    SMFIP_NR_MAIL | SMFIP_NR_RCPT | SMFIP_NR_HDR | SMFIP_NR_EOH | \
	    SMFIP_NR_BODY | SMFIP_HDR_LEADSPC)

bool
wax_negotiate(const struct wax_offer *offered, bool refuse_at_mail,
    struct wax_offer *wanted, struct wax_granted *granted)
{
	wanted->actions = offered->actions & WANTED_ACTIONS;
	wanted->steps = offered->steps & WANTED_STEPS;
	if (refuse_at_mail)
		wanted->steps &= ~(unsigned long)SMFIP_NR_MAIL;
	granted->negotiated = true;
	granted->steps = wanted->steps;
	granted->leading_space = (wanted->steps & SMFIP_HDR_LEADSPC) != 0;
	granted->quarantine = (wanted->actions & SMFIF_QUARANTINE) != 0;
	return (wanted->actions & NEEDED_ACTIONS) == NEEDED_ACTIONS;
}

void
wax_negotiate_nothing(struct wax_granted *granted)
{
	granted->negotiated = false;
	granted->steps = 0;
	granted->leading_space = false;
	granted->quarantine = true;
}

void
wax_negotiate_macros(SMFICTX *ctx, unsigned long offered_actions)
{
	char connect[] = "{daemon_name} {client_name} {client_resolve}";
	char mail[] = "i {auth_type} {auth_authen}";
	char end[] = "i";

	if ((offered_actions & SMFIF_SETSYMLIST) == 0)
		return;
	/* Failure is loss of memory; then the defaults come. */
	(void)smfi_setsymlist(ctx, SMFIM_CONNECT, connect);
	(void)smfi_setsymlist(ctx, SMFIM_ENVFROM, mail);
	(void)smfi_setsymlist(ctx, SMFIM_EOM, end);
}

sfsistat
wax_carry_on(const struct wax_granted *granted, unsigned long no_reply)
{
	return (granted->steps & no_reply) != 0 ? SMFIS_NOREPLY
	                                        : SMFIS_CONTINUE;
}
