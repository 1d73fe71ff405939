/* SPDX-License-Identifier: GPL-2.0-or-later */
/* int n for every n from rings 1 and 3, with every gate of a usable type: its handler, or #GP of
 * its own. */
/* paging: 2level */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

#define VECTORS  256u
#define HANDLERS 0x91u /* its entry stub is lent to all vectors, as it knows of no error code */

/* The vector is in the second byte of user_int: written by the kernel, run in both rings. */
USER_CODE(user_int, "int $0\n\tud2");

static struct regs seen;
static volatile bool came;

static bool note(struct regs *r)
{
	if (r->eip != addr32(user_int) + 2 && r->eip != addr32(user_int))
		return false;
	came = true;
	seen = *r;
	trap_fixup = 0;
	ring3_leave();
}

static void make_int(unsigned vector, bool in_kernel)
{
	struct regs r = ring3_start(user_int);

	((volatile uint8_t *)user_int)[1] = (uint8_t)vector;
	if (in_kernel)
		r.cs = LGUEST_CS;
	r.eax = LHCALL_FLUSH_ASYNC;
	came = false;
	ring3_run(&r);
	CHECK(came, "int 0x%x came to nothing", vector);
}

/* Not the guest's to have: ignored by LOAD_IDT_ENTRY. */
static bool is_ignored(unsigned vector)
{
	return vector == 2 || vector == 8 || vector == 15 || vector == LGUEST_TRAP_ENTRY;
}

static void check_vector(unsigned vector, bool in_kernel, unsigned dpl, bool has_gate)
{
	bool allowed = has_gate && !is_ignored(vector) && (in_kernel || dpl == 3);
	unsigned expected = allowed ? HANDLERS : TRAP_PROTECTION;

	if (in_kernel && vector == LGUEST_TRAP_ENTRY)
		expected = TRAP_INVALID_OPCODE; /* behind the hypercall */
	make_int(vector, in_kernel);
	CHECK(seen.vector == expected, "int 0x%x, ring %u, DPL %u: vector %u, error 0x%x at 0x%x",
	      vector, in_kernel ? 1 : 3, dpl, seen.vector, seen.error, seen.eip);
	CHECK(expected != TRAP_PROTECTION || seen.error == (vector << 3 | 2),
	      "int 0x%x: error 0x%x", vector, seen.error);
	CHECK(seen.cs == (in_kernel ? LGUEST_CS : USER_CS), "int 0x%x: cs 0x%x", vector, seen.cs);
}

extern const uint32_t trap_stubs[VECTORS];

static void with_gate(unsigned vector, unsigned type, unsigned dpl)
{
	trap_gate_to(vector, type, dpl, trap_stubs[HANDLERS]);
	check_vector(vector, true, dpl, true);
	check_vector(vector, false, dpl, true);
	if (vector < LGUEST_FIRST_VECTOR + LGUEST_IRQS)
		trap_gate(vector, GATE_INTERRUPT, 0);
	else
		hcall3(LHCALL_LOAD_IDT_ENTRY, vector, 0, 0);
}

void test_main(void)
{
	ring3_init();
	for (unsigned v = 0; v < VECTORS; v++)
		trap_handle(v, note);
	for (unsigned v = 0; v < VECTORS; v++) {
		/* these have to work: what int n does without a gate, and user_int's end */
		if (v == TRAP_PROTECTION || v == TRAP_PAGE_FAULT || v == TRAP_INVALID_OPCODE)
			continue;
		hcall3(LHCALL_LOAD_IDT_ENTRY, v, 0, 0);
		check_vector(v, true, 0, false);
		check_vector(v, false, 0, false);
		for (unsigned dpl = 0; dpl < 4; dpl++) {
			with_gate(v, GATE_INTERRUPT, dpl);
			with_gate(v, GATE_TRAP, dpl);
		}
	}
}
