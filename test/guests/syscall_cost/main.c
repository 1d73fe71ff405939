/* SPDX-License-Identifier: GPL-2.0-or-later */
/* int 0x80 through a trap gate leads straight into the guest; its cost in TSC ticks. */
/* paging: 2level */
/* expect: success */
/* icount: yes */
/* guest-line: tsc=on */
#include "test/guests/lib/test.h"

#define CALLS 100

extern char bare_handler[];
USER_CODE(user_loop, "1:\tint $0x80\n\tdecl %ecx\n\tjnz 1b\n\tint $0x92");
__asm__(".pushsection .text\nbare_handler:\n\tiret\n\t.popsection");

void test_main(void)
{
	uint64_t start, took;
	struct regs r;
	uint32_t each;

	need_tsc();
	ring3_init();
	trap_gate_to(0x80, GATE_TRAP, 3, addr32(bare_handler));
	trap_gate(0x92, GATE_TRAP, 3);
	/* Warm, then measure with the loop's overhead within the noise. */
	for (unsigned i = 0; i < 2; i++) {
		r = ring3_start(user_loop);
		r.ecx = CALLS;
		start = rdtsc();
		check_ring3_leaves("loop", &r, 0x92);
		took = rdtsc() - start;
	}
	each = (uint32_t)div_u64(took, CALLS, NULL);
	printf("%u TSC ticks for each int 0x80, iret and two loop instructions\n", each);
	/* Under icount a tick is an instruction: 4 each, and a few hundred for ring3_run(). */
	CHECK(each < 60, "%u ticks: the hypervisor ran", each);
}
