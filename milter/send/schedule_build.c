/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the rows of a report to the bytes that are sent. The same rows and
 * the same Report-ID give the same bytes; what fails its own check does not
 * leave the house.
 */
#include "milter/send/pack.h"
#include "milter/send/schedule_impl.h"
#include "policy/base/text.h"
#include "policy/report/xml.h"

/* `what` says why not, and is for the operator. */
static bool
make_bytes(struct wax_run *run, struct wax_job *job,
    const struct wax_stored_records *records, struct wax_err *what)
{
	const struct wax_schedule_options *options = run->options;
	struct wax_aggregate report = {
		.org_name = options->org_name,
		.email = options->from,
		.extra_contact_info = options->contact,
		.report_id = job->report.report_id,
		.generator = options->generator,
		.period = job->report.period,
	};
	struct wax_str xml;

	if (wax_aggregate_fill(job->arena, &report, job->report.policy,
	        records->n, records->v, job->report.n_unlisted, what) != WAX_OK)
		return false;
	xml = wax_xml_write(job->arena, &report);
	if (wax_xml_check(xml, what) != WAX_OK)
		return false;
	return wax_pack_gzip(job->arena, xml, &job->gzip, what) == WAX_OK;
}

enum wax_status
wax_job_build(struct wax_run *run, struct wax_job *job,
    const struct wax_delivery *delivery, size_t n, bool *is_built)
{
	const struct wax_schedule_options *options = run->options;
	struct wax_stored_records records = { 0, NULL };
	struct wax_err what = { .text = "" };
	enum wax_status status;

	*is_built = false;
	status = wax_store_records(
	    options->store, job->arena, job->report.id, &records, run->err);
	if (status != WAX_OK)
		return status;
	if (!make_bytes(run, job, &records, &what))
		return wax_job_damaged(run, job, what.text);
	job->report.file_name =
	    wax_report_file_name(job->arena, options->submitter, job->domain,
	        job->report.period, job->report.report_id);
	*is_built = true;
	if (wax_run_is_dry(run))
		return WAX_OK;
	status = wax_store_save_built(options->store, job->report.id,
	    job->report.file_name, job->gzip, delivery, n, wax_run_now(run),
	    run->err);
	if (status == WAX_OK)
		job->report.state = WAX_REPORT_BUILT;
	return status;
}
