/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Write and user bits are honoured for ring 1 and ring 3, with the right error codes. */
/* paging: both */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

#define VA 0x40000000u

USER_CODE(user_read, "movl 0x40000010, %eax\n\tint $0x80");
USER_CODE(user_write, "movl %ecx, 0x40000010\n\tint $0x80");

static void check_user(const char *code, pte_t pte, bool ok, uint32_t error)
{
	struct regs r = ring3_start(code);

	r.ecx = 0x77;
	ring3_run(&r);
	if (ok) {
		CHECK(r.vector == 0x80, "entry 0x%llx: vector %u error 0x%x", pte, r.vector,
		      r.error);
		return;
	}
	CHECK(r.vector == TRAP_PAGE_FAULT && r.error == error,
	      "entry 0x%llx: vector %u error 0x%x, not 0x%x", pte, r.vector, r.error, error);
	CHECK(READ_ONCE(lguest_data.cr2) == VA + 0x10, "cr2 0x%x", READ_ONCE(lguest_data.cr2));
}

void test_main(void)
{
	uint32_t gpa;

	ring3_init();
	gpa = boot_alloc_pages(1);
	for (unsigned round = 0; round < 8; round++) {
		bool present = round & 1, write = round & 2, user = round & 4;
		pte_t pte = gpa | (present ? PTE_PRESENT : 0) | (write ? PTE_WRITE : 0) |
			    (user ? PTE_USER : 0);
		uint32_t code = present ? PF_PRESENT : 0;

		pt_map(pt_root(), VA, pte);
		CHECK(try_read(VA + 0x10, NULL) == present, "entry 0x%llx: kernel read", pte);
		if (!present)
			check_page_fault("kernel read", 0, VA + 0x10);
		CHECK(try_write(VA + 0x10, 1) == (present && write), "entry 0x%llx: kernel write",
		      pte);
		if (!(present && write))
			check_page_fault("kernel write", code | PF_WRITE, VA + 0x10);
		check_user(user_read, pte, present && user, code | PF_USER);
		check_user(user_write, pte, present && user && write, code | PF_USER | PF_WRITE);
	}
}
