/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/top/suites.h"

void
sample_spoof(struct sample *sample)
{
	*sample = (struct sample){ .policy = wax_local_policy_defaults };
	sample->policy.mode = WAX_ENFORCE;
	sample->policy.authserv_id = WAX_STR("mx.rcpt.example");
	sample->facts.connection.client =
	    wax_ip_from4((const unsigned char[]){ 192, 0, 2, 66 });
	sample->facts.envelope.mail_argument = WAX_STR("<x@author.example>");
	sample->facts.reverse_path = (struct wax_reverse_path){
		.is_valid = true,
		.local_part = WAX_STR("x"),
		.domain = dom("author.example"),
	};
	sample->facts.n_recipients = 1;
	sample->results.dkim = sample->signature;
	sample->results.mailfrom = (struct wax_spf_result){
		.result = WAX_FAIL,
		.scope = WAX_SPF_MAILFROM,
		.domain = dom("author.example"),
	};
	sample->results.dmarc = (struct wax_dmarc_result){
		.author_status = WAX_AUTHOR_OK,
		.author_domain = dom("author.example"),
		.org_domain = dom("author.example"),
		.policy_domain = dom("author.example"),
		.applied_tag = "p",
		.has_record = true,
	};
	sample_set_dmarc(sample, WAX_FAIL, WAX_P_REJECT);
}

void
sample_set_dmarc(
    struct sample *sample, enum wax_result result, enum wax_dmarc_policy policy)
{
	struct wax_dmarc_result *dmarc = &sample->results.dmarc;

	dmarc->result = result;
	dmarc->published = dmarc->policy = policy;
	dmarc->least = dmarc->most = policy;
}

void
sample_add_spf_pass(struct sample *sample, const char *domain)
{
	sample->results.mailfrom.result = WAX_PASS;
	sample->results.mailfrom.domain = dom(domain);
	sample->facts.reverse_path.domain = dom(domain);
}

struct wax_dkim_signature *
sample_add_signature(
    struct sample *sample, enum wax_result result, const char *domain)
{
	struct wax_dkim_signature *one =
	    &sample->signature[sample->results.n_dkim++];

	ck_assert_uint_le(sample->results.n_dkim, 4);
	one->result = result;
	one->sdid = dom(domain);
	one->selector = WAX_STR("s1");
	one->algorithm = WAX_STR("rsa-sha256");
	one->b_prefix = WAX_STR("dzdVyOfA");
	return one;
}
