/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ring 3 can neither read nor write nor run anything in the switcher window. */
/* paging: both */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

USER_CODE(user_read, "movl (%ebx), %eax\n\tint $0x80");
USER_CODE(user_write, "movl %ebx, (%ebx)\n\tint $0x80");
USER_CODE(user_jump, "jmp *%ebx");

void test_main(void)
{
	static const char *const codes[] = {user_read, user_write, user_jump};

	ring3_init();
	for (unsigned i = 0; i < 1024; i++) {
		for (unsigned c = 0; c < ARRAY_SIZE(codes); c++) {
			struct regs r = ring3_start(codes[c]);

			r.ebx = 0xFFC00000 + i * PAGE_SIZE;
			check_ring3_leaves("window", &r, TRAP_PAGE_FAULT);
			CHECK(r.error & PF_USER, "0x%x: error code 0x%x", r.ebx, r.error);
			CHECK(READ_ONCE(lguest_data.cr2) == r.ebx, "cr2 0x%x",
			      READ_ONCE(lguest_data.cr2));
		}
	}
}
