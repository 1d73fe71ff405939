/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lguest_data at every awkward address: it works there, or ends the guest with the address. */
/* expect: success or dead "lguest_data at 0x[0-9a-f]{8}: \\d+ bytes must fit below" */
/* guest-line: tsc=on mem=4M */
/* cases: 11 */
#include "test/guests/lib/test.h"

#define RAM (4u << 20)

extern char guest_stack[];

static struct lguest_data *data;
static uint32_t which; /* read before the boot parameters are overwritten */

uint32_t place_data(void);

/* It fits nowhere in the last four. */
#define CASE_OUTSIDE 7u

static uint32_t place(void)
{
	switch (which) {
	case 0:
		return 0x200000 - 16;
	case 1:
		return RAM - sizeof(struct lguest_data);
	case 2:
		return 0x200001;
	case 3:
		return 0x200FFD;
	case 4:
		return 0x400;
	case 5:
		return addr32(guest_stack) + 3;
	case 6:
		return 0;
	case 7:
		return RAM - sizeof(struct lguest_data) + 1;
	case 8:
		return RAM + (8u << 20);
	case 9:
		return 0xFFC00000;
	default:
		return 0xFFFFFFFF;
	}
}

uint32_t place_data(void)
{
	static const struct lguest_data empty = {
		.hcall_status = {[0 ... LHCALL_RING_SIZE - 1] = 0xFF},
		.v2 = {.kernel_address = 0x100000, .syscall_vec = 0x80},
	};

	which = test_case();
	data = (struct lguest_data *)(uintptr_t)place();
	if (which < CASE_OUTSIDE)
		memcpy(data, &empty, sizeof(empty));
	return addr32(data);
}

static void check_clock(void)
{
	uint64_t end = rdtsc() + (uint64_t)data->tsc_khz * 2000;

	trap_handle(IRQ_CLOCK_VECTOR, clock_counts);
	clock_arm_ns(1000);
	WRITE_ONCE(data->irq_enabled, X86_EFLAGS_IF);
	while (!clock_count && rdtsc() < end)
		barrier();
	CHECK(clock_count == 1, "%u clock interrupts", clock_count);
	CHECK(data->time_sec, "no time");
}

static void check_ring(void)
{
	struct descriptor flat = segment_make(0, 0x123, 0x92, 0x4);

	data->hcalls[0] =
		(struct lguest_hcall_args){LHCALL_LOAD_GDT_ENTRY, 20, flat.low, flat.high, 0};
	barrier();
	WRITE_ONCE(data->hcall_status[0], 0);
	hcall0(LHCALL_FLUSH_ASYNC);
	CHECK(data->hcall_status[0] == 0xFF, "slot 0 is 0x%x", data->hcall_status[0]);
	CHECK(segment_lsl(20 << 3 | 1) == 0x123, "limit 0x%x", segment_lsl(20 << 3 | 1));
}

void test_main(void)
{
	uint32_t far = RAM + (64u << 20);

	CHECK(which < CASE_OUTSIDE, "survived LGUEST_INIT at 0x%x", addr32(data));
	CHECK(data->reserve_mem == 4u << 20, "reserve_mem 0x%x", data->reserve_mem);
	CHECK(data->tsc_khz, "no TSC");
	check_clock();
	check_ring();
	CHECK(!try_read(far, NULL) && trap_was(TRAP_PAGE_FAULT) && data->cr2 == far,
	      "vector %u, cr2 0x%x", trap_seen.vector, data->cr2);
}
