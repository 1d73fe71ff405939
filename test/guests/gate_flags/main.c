/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interrupt gates clear irq_enabled, trap gates do not; the frame's IF is irq_enabled. */
/* expect: success */
#include "test/guests/lib/test.h"

/* A trap gate may lead straight into the guest: then the frame holds the real flags, where IF is
 * always 1, so trap gates are looked at only with irq_enabled set. */
static void check_gate(unsigned type, unsigned vector, bool enabled)
{
	uint32_t want = type == GATE_TRAP && enabled ? X86_EFLAGS_IF : 0;

	trap_gate(vector, type, 3);
	WRITE_ONCE(lguest_data.irq_enabled, enabled ? X86_EFLAGS_IF : 0);
	if (vector == TRAP_INVALID_OPCODE)
		TRAP_TRY("ud2");
	else if (vector == TRAP_PROTECTION)
		TRAP_TRY("hlt");
	else
		TRAP_TRY("int $0x91");
	CHECK(trap_was(vector), "vector %u, not %u", trap_seen.vector, vector);
	CHECK(!(trap_seen.eflags & X86_EFLAGS_IF) == !enabled,
	      "gate type %x vector %u: eflags 0x%x with irq_enabled %u", type, vector,
	      trap_seen.eflags, enabled);
	CHECK((trap_seen.irq_enabled & X86_EFLAGS_IF) == want,
	      "gate type %x vector %u: irq_enabled 0x%x in the handler, was %u", type, vector,
	      trap_seen.irq_enabled, enabled);
	CHECK((READ_ONCE(lguest_data.irq_enabled) & X86_EFLAGS_IF) == (enabled ? X86_EFLAGS_IF : 0),
	      "gate type %x vector %u: irq_enabled 0x%x afterwards", type, vector,
	      READ_ONCE(lguest_data.irq_enabled));
}

void test_main(void)
{
	static const uint8_t vectors[] = {TRAP_INVALID_OPCODE, TRAP_PROTECTION, 0x91};

	for (unsigned i = 0; i < ARRAY_SIZE(vectors); i++) {
		check_gate(GATE_INTERRUPT, vectors[i], true);
		check_gate(GATE_INTERRUPT, vectors[i], false);
		check_gate(GATE_TRAP, vectors[i], true);
	}
	irq_disable();
}
