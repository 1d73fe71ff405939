/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The asynchronous hypercall ring and the end of a guest. */
#include "guests/lib/hypercall.h"
#include "guests/lib/irq.h"

static unsigned next_slot;

unsigned hcall_async_next(void)
{
	return next_slot;
}

void hcall_async(uint32_t call, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	bool enabled = irq_save();
	unsigned n = next_slot;

	if (READ_ONCE(lguest_data.hcall_status[n]) != 0xFF) {
		hcall4(call, a, b, c, d);
	} else {
		lguest_data.hcalls[n] = (struct lguest_hcall_args){call, a, b, c, d};
		barrier();
		WRITE_ONCE(lguest_data.hcall_status[n], 0);
		next_slot = (n + 1) % LHCALL_RING_SIZE;
	}
	irq_restore(enabled);
}

void shutdown(uint32_t how, const char *reason)
{
	for (;;)
		hcall2(LHCALL_SHUTDOWN, virt_to_phys(reason), how);
}
