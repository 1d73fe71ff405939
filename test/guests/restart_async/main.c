/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A new life begins at the ring's first slot, wherever the one before it was. */
/* expect: success */
/* expect-log: "(?i)restart" */
/* guest-line: tsc=on */
#include "test/guests/lib/test.h"

/* Memory cannot tell the lives apart, so the TSC does: see test/guests/restart. */
#define DEADLINE_MS 2000

void test_main(void)
{
	bool first = tsc_to_ns(rdtsc()) < DEADLINE_MS * (uint64_t)NSEC_PER_MSEC;

	CHECK(hcall_async_next() == 0, "the ring's next slot is %u", hcall_async_next());
	for (unsigned i = 0; i < (first ? 5 : 1); i++)
		hcall_async(LHCALL_TS, 0, 0, 0, 0);
	hcall0(LHCALL_FLUSH_ASYNC);
	for (unsigned i = 0; i < LHCALL_RING_SIZE; i++)
		CHECK(READ_ONCE(lguest_data.hcall_status[i]) == 0xFF, "slot %u is still to be done",
		      i);
	if (!first)
		return;
	printf("first life\n");
	while (tsc_to_ns(rdtsc()) < (DEADLINE_MS + 1) * (uint64_t)NSEC_PER_MSEC)
		barrier();
	shutdown(LGUEST_SHUTDOWN_RESTART, "once more");
}
