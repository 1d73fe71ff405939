/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LOAD_IDT_ENTRY for vectors 2, 8, 15 and 0x1F is ignored. */
/* expect: success */
#include "test/guests/lib/test.h"

static bool stolen(struct regs *r)
{
	test_failure("vector %u came to the guest", r->vector);
}

void test_main(void)
{
	static const uint8_t vectors[] = {2, 8, 15, LGUEST_TRAP_ENTRY};
	static const char text[] = "the hypercall still works\n";

	for (unsigned i = 0; i < ARRAY_SIZE(vectors); i++) {
		trap_handle(vectors[i], stolen);
		trap_gate(vectors[i], GATE_TRAP, 3);
	}
	hcall1(LHCALL_NOTIFY, virt_to_phys(text));
	/* int n to a vector with no gate of the guest's: the guest's #GP, with the vector in it. */
	TRAP_TRY("int $2");
	check_fault("int 2", TRAP_PROTECTION, 2 << 3 | 2);
	TRAP_TRY("int $8");
	check_fault("int 8", TRAP_PROTECTION, 8 << 3 | 2);
	TRAP_TRY("int $15");
	check_fault("int 15", TRAP_PROTECTION, 15 << 3 | 2);
}
