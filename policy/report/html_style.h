/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * html_style.h - how the page looks: light, dark, on a phone, on paper.
 *
 * Colours of text have a contrast of at least 4.5:1 to what is behind them;
 * the browser test computes it.
 */
#ifndef WAX_POLICY_REPORT_HTML_STYLE_H
#define WAX_POLICY_REPORT_HTML_STYLE_H

extern const char wax_html_style[];

#endif
