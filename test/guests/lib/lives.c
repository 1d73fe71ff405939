/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attempts of which any may kill the guest: the next life goes on with the next one. */
#include "test/guests/lib/lives.h"

enum { TEST_AUDIT, TEST_GET, TEST_SET };
enum { KEPT_ATTEMPTS, KEPT_LIVES };

uint32_t kept(unsigned n)
{
	return hcall2(LHCALL_GH_TEST, TEST_GET, n);
}

void keep(unsigned n, uint32_t value)
{
	hcall3(LHCALL_GH_TEST, TEST_SET, n, value);
}

uint32_t audit_findings(void)
{
	return hcall1(LHCALL_GH_TEST, TEST_AUDIT);
}

void lives_run(uint32_t count, void (*attempt)(uint32_t n))
{
	uint32_t bad;

	keep(KEPT_LIVES, kept(KEPT_LIVES) + 1);
	for (uint32_t n = kept(KEPT_ATTEMPTS); n < count; n++) {
		keep(KEPT_ATTEMPTS, n + 1);
		attempt(n);
	}
	bad = audit_findings();
	CHECK(!bad, "the audit has %u findings", bad);
	test_success("%u attempts in %u lives", count, kept(KEPT_LIVES));
}
