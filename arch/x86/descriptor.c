/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors: what a guest asks for and what the CPU may get. */
#include "arch/x86/descriptor.h"

#include "arch/x86/cpu_bits.h"
#include "gatehouse/lguest.h"

uint64_t gate_make(uint32_t offset, uint16_t selector, unsigned type, unsigned dpl)
{
	uint32_t low = (offset & 0xFFFF) | (uint32_t)selector << 16;
	uint32_t high = (offset & 0xFFFF0000u) | 0x8000 | (dpl & 3) << 13 | (type & 0x1F) << 8;

	return (uint64_t)high << 32 | low;
}

bool gate_is_usable(uint64_t gate)
{
	unsigned type = GATE_TYPE_OF(gate);

	return (gate & DESC_PRESENT) && (type == GATE_INTERRUPT || type == GATE_TRAP);
}

unsigned descriptor_changes(uint64_t wish)
{
	if (!(wish & DESC_ORDINARY))
		return DESCRIPTOR_REFUSED;
	/* Accessed already, or the CPU would write to a read-only page. */
	return (DESC_DPL_OF(wish) ? 0 : DESCRIPTOR_RING) |
	       (wish & DESC_ACCESSED ? 0 : DESCRIPTOR_ACCESSED) |
	       (wish & DESC_LONG ? DESCRIPTOR_LONG : 0);
}

uint64_t descriptor_for_guest(uint64_t wish)
{
	unsigned changes = descriptor_changes(wish);

	if (changes & DESCRIPTOR_REFUSED)
		return 0;
	if (changes & DESCRIPTOR_RING)
		wish |= DESC_DPL(1);
	return (wish | DESC_ACCESSED) & ~DESC_LONG;
}

uint64_t descriptor_flat(bool is_code, unsigned dpl)
{
	/* limit 0xFFFFF pages, 32-bit; readable code or writable data */
	uint64_t d = 0x00CF92000000FFFFull | DESC_ACCESSED;

	return d | DESC_DPL(dpl) | (is_code ? DESC_CODE : 0);
}

uint64_t descriptor_tss(uint32_t base, uint32_t bytes)
{
	uint32_t limit = bytes - 1;
	uint32_t low = (limit & 0xFFFF) | base << 16;
	uint32_t high = (base & 0xFF000000u) | (limit & 0xF0000u) | 0x8900 | (base >> 16 & 0xFF);

	return (uint64_t)high << 32 | low;
}

uint32_t descriptor_base(uint64_t d)
{
	return (uint32_t)(d >> 16 & 0xFFFFFF) | (uint32_t)(d >> 32 & 0xFF000000u);
}

/*
 * Of the exceptions; what is left out is direct, 0-31. 10, 11 and 12 are also
 * what a segment pop on the way into the guest raises in ring 0, under this very IDT.
 * 17 with a handler in a conforming segment has its frame pushed in ring 3, on a stack
 * that may be misaligned: a CPU raises it again in the middle of that, without end and
 * without an interrupt getting in (CVE-2015-5307).
 */
static const uint8_t exception_ways[32] = {
	[X86_TRAP_DB] = GATE_DEBUG,  [X86_TRAP_NMI] = GATE_MACHINE,
	[X86_TRAP_NM] = GATE_TS,     [X86_TRAP_DF] = GATE_MACHINE,
	[X86_TRAP_TS] = GATE_ENTRY,  [X86_TRAP_NP] = GATE_ENTRY,
	[X86_TRAP_SS] = GATE_ENTRY,  [X86_TRAP_GP] = GATE_EMULATION,
	[X86_TRAP_PF] = GATE_SHADOW, [X86_TRAP_SPURIOUS] = GATE_RESERVED,
	[X86_TRAP_AC] = GATE_LOOPS,  [X86_TRAP_MC] = GATE_MACHINE,
	[20 ... 30] = GATE_RESERVED, [LGUEST_TRAP_ENTRY] = GATE_HYPERCALL,
};

static enum gate_way vector_way(unsigned vector, const struct gate_rules *rules)
{
	if (vector >= VECTOR_HOST_FIRST)
		return GATE_HOST;
	if (vector >= 32 && vector == rules->syscall_vector)
		return GATE_DIRECT;
	if (vector >= LGUEST_FIRST_VECTOR)
		return vector < LGUEST_FIRST_VECTOR + LGUEST_IRQS ? GATE_VIRTUAL : GATE_SOFTWARE;
	if (vector == X86_TRAP_UD && rules->uses_vmcall)
		return GATE_HYPERCALL;
	return exception_ways[vector];
}

enum gate_way gate_way(unsigned vector, uint64_t wish, const struct gate_rules *rules)
{
	enum gate_way way = vector_way(vector, rules);

	if (way != GATE_DIRECT)
		return way;
	if (rules->is_stepped || (rules->is_debugged && vector == X86_TRAP_BP))
		return GATE_DEBUGGER;
	if (!gate_is_usable(wish))
		return GATE_NO_WISH;
	return GATE_TYPE_OF(wish) == GATE_TRAP ? GATE_DIRECT : GATE_CLEARS_IF;
}

/*
 * Who may reach a stub by an int instruction. int3 and into are the guest's to
 * permit; any other int faults with #GP, where traps.c looks at the wish: so a
 * stub always knows that the CPU itself raised its exception.
 */
static unsigned stub_dpl(unsigned vector, uint64_t wish)
{
	if (vector == LGUEST_TRAP_ENTRY)
		return 1;
	if ((vector == X86_TRAP_BP || vector == X86_TRAP_OF) && gate_is_usable(wish))
		return DESC_DPL_OF(wish) ? DESC_DPL_OF(wish) : 1;
	return 0;
}

uint64_t gate_for_cpu(unsigned vector, uint64_t wish, uint32_t stub, const struct gate_rules *rules)
{
	unsigned dpl = DESC_DPL_OF(wish) ? DESC_DPL_OF(wish) : 1;

	if (gate_way(vector, wish, rules) == GATE_DIRECT)
		return gate_make(GATE_OFFSET_OF(wish), rules->kernel_selector, GATE_TRAP, dpl);
	return gate_make(stub, SEL_HOST_CODE, GATE_INTERRUPT, stub_dpl(vector, wish));
}

bool gate_is_direct(uint64_t cpu_gate)
{
	return (cpu_gate >> 16 & 0xFFFF) != SEL_HOST_CODE;
}
