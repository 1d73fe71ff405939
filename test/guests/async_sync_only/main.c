/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Only synchronous hypercalls drain the ring; faults and port accesses do not. */
/* expect: success */
#include "test/guests/lib/test.h"

void test_main(void)
{
	struct descriptor d = segment_make(0, 0x111, 0x92 | 3 << 5, 0x4);
	uint8_t byte;

	hcall_async(LHCALL_LOAD_GDT_ENTRY, 20, d.low, d.high, 0);
	TRAP_TRY("hlt");
	TRAP_TRY("ud2");
	__asm__ volatile("inb $0x80, %0" : "=a"(byte));
	CHECK(READ_ONCE(lguest_data.hcall_status[0]) == 0, "drained by a fault or port access");
	CHECK(!segment_lar(20 << 3 | 1), "carried out early");
	hcall0(LHCALL_SEND_INTERRUPTS);
	CHECK(READ_ONCE(lguest_data.hcall_status[0]) == 0xFF, "not drained by a hypercall");
}
