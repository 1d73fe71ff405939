/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every selector for iret, many for jmp, call, ret and mov: only the guest's own lead anywhere. */
/* paging: 2level */
/* expect: success */
#include "test/guests/lib/test.h"

USER_CODE(user_landing, "ud2");

static volatile uint32_t landings;

/* From wherever the iret led but ring 3, back to ring3_run()'s caller. */
static bool land(struct regs *r)
{
	if (regs_from_user(r))
		return false;
	landings++;
	trap_fixup = 0;
	ring3_leave();
}

/* How many of all selectors led to ring 3. */
static uint32_t count_irets(bool for_ss)
{
	uint32_t arrived = 0;

	landings = 0;
	for (uint32_t selector = 0; selector < 0x10000; selector++) {
		struct regs r = ring3_start(user_landing);

		*(for_ss ? &r.ss : &r.cs) = selector;
		r.vector = 0;
		trap_seen.count = 0;
		WRITE_ONCE(trap_fixup, addr32(ring3_leave));
		ring3_run(&r);
		WRITE_ONCE(trap_fixup, 0);
		CHECK(!trap_seen.count || trap_seen.error == (selector & 0xFFFC),
		      "selector 0x%x: vector %u, error 0x%x", selector, trap_seen.vector,
		      trap_seen.error);
		arrived += r.vector == TRAP_INVALID_OPCODE;
	}
	return arrived;
}

static uint32_t count_jumps(void)
{
	uint32_t passed = 0;

	for (uint32_t selector = 0; selector < 0x10000; selector += selector < 0x200 ? 1 : 0x65) {
		struct {
			uint32_t at;
			uint16_t selector;
		} __attribute__((packed)) far = {0, (uint16_t)selector};

		TRAP_TRY("movl $1f, (%0)\n\tljmp *(%0)\n1:", : "r"(&far) : "memory");
		passed += !trap_seen.count;
		TRAP_TRY("movl $1f, (%0)\n\tlcall *(%0)\n1:", : "r"(&far) : "memory");
		passed += !trap_seen.count;
		TRAP_TRY("pushl %0\n\tpushl $1f\n\tlret\n1:", : "r"(selector) : "memory");
		passed += !trap_seen.count;
		TRAP_TRY("movw %w0, %%ss", : "r"(selector));
		passed += !trap_seen.count;
	}
	return passed;
}

void test_main(void)
{
	uint32_t n;

	ring3_init();
	n = count_jumps();
	/* 0x60 and 0x61 for cs, the first not by lret; 0x69 for ss */
	CHECK(n == 6, "%u far transfers of ring 1 succeeded", n);
	trap_handle(TRAP_INVALID_OPCODE, land);
	n = count_irets(false);
	CHECK(n == 1 && landings == 1, "iret to cs: %u to ring 3, %u to others", n, landings);
	n = count_irets(true);
	CHECK(n == 1 && landings == 0, "iret to ss: %u to ring 3, %u to others", n, landings);
}
