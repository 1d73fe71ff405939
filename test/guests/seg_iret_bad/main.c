/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bad selectors on the guest's own iret to ring 3 are the guest's own fault. */
/* paging: 2level */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

USER_CODE(user_exit, "int $0x80");

static void check_bad(const char *what, struct regs *r, uint32_t selector)
{
	trap_seen = (struct trap_record){0};
	WRITE_ONCE(trap_fixup, addr32(ring3_leave));
	ring3_run(r);
	WRITE_ONCE(trap_fixup, 0);
	CHECK(trap_seen.count == 1, "%s 0x%x: no fault, left by vector %u", what, selector,
	      r->vector);
	CHECK(trap_seen.vector >= 10 && trap_seen.vector <= 13, "%s 0x%x: vector %u", what,
	      selector, trap_seen.vector);
	CHECK(trap_seen.error == (selector & 0xFFFC), "%s 0x%x: error 0x%x", what, selector,
	      trap_seen.error);
}

void test_main(void)
{
	/* Absent, the host's, of the wrong type, beyond the table. */
	static const uint32_t selectors[] = {0x00A3, 0x0053, 0x005B, 0x0083,
					     0x00FB, 0x01FB, 0xFFFB};

	ring3_init();
	for (unsigned i = 0; i < ARRAY_SIZE(selectors); i++) {
		struct regs r = ring3_start(user_exit);

		r.cs = selectors[i];
		check_bad("cs", &r, selectors[i]);
		r = ring3_start(user_exit);
		r.ss = selectors[i];
		check_bad("ss", &r, selectors[i]);
		r = ring3_start(user_exit);
		r.ds = selectors[i];
		check_bad("ds", &r, selectors[i]);
		r = ring3_start(user_exit);
		r.gs = selectors[i];
		check_bad("gs", &r, selectors[i]);
	}
}
