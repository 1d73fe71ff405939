/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors and gates that change at random, and what must come of them. */
#include "test/guests/fuzz_tables/descriptors.h"
#include "test/guests/fuzz_tables/tables.h"

#define HIGH_ACCESSED 0x00000100u
#define HIGH_WRITABLE 0x00000200u /* of code: readable */
#define HIGH_DOWN     0x00000400u /* of code: conforming */
#define HIGH_CODE     0x00000800u
#define HIGH_ORDINARY 0x00001000u
#define HIGH_DPL      0x00006000u
#define HIGH_PRESENT  0x00008000u
#define HIGH_LONG     0x00200000u
#define HIGH_GRANULAR 0x00800000u
#define LAR_BITS      0x00F0FF00u /* the others are undefined (SDM 2, LAR) */

#define FIRST_VECTOR 64u
#define VECTORS      144u /* up to those of the machine */

static volatile uint32_t arrived;
static uint8_t interrupt[] = {0xCD, 0, 0xC3}; /* int n; ret */

static bool is_host_entry(unsigned index)
{
	return index == 10 || index == 11 || index == 16 || index == 31;
}

/* Design I3: what the CPU gets for a wish. */
static struct descriptor allowed(struct descriptor d)
{
	if (!(d.high & HIGH_ORDINARY))
		return (struct descriptor){0, 0};
	if (!(d.high & HIGH_DPL))
		d.high |= 1u << 13;
	d.high = (d.high | HIGH_ACCESSED) & ~HIGH_LONG;
	return d;
}

static uint32_t limit_of(struct descriptor d)
{
	uint32_t limit = (d.low & 0xFFFF) | (d.high & 0xF0000);

	return d.high & HIGH_GRANULAR ? limit << 12 | 0xFFF : limit;
}

static bool is_loadable(struct descriptor d)
{
	return d.high & HIGH_ORDINARY && (!(d.high & HIGH_CODE) || d.high & HIGH_WRITABLE);
}

/* Reads by fs, at what the tables know. */
static void read_by(struct descriptor d, uint32_t offset, uint32_t va)
{
	struct tables_view v = tables_look(va);
	uint32_t value = 0;

	if (v.kind == VIEW_FATAL || limit_of(d) < offset + 3 ||
	    (d.high & HIGH_DOWN && !(d.high & HIGH_CODE)))
		return;
	TRAP_TRY("movl %%fs:(%1), %0", "+r"(value) : "r"(offset) : "memory");
	fuzz_note_trap();
	fuzz_note(v.is_data ? value : 0);
	CHECK(trap_seen.count == (v.kind == VIEW_ABSENT), "fs:0x%x for 0x%x: %u traps", offset, va,
	      trap_seen.count);
	if (v.kind == VIEW_PAGE)
		CHECK(value == *(uint32_t *)phys_to_virt(v.gpa), "fs:0x%x for 0x%x: 0x%x", offset,
		      va, value);
}

static void change_segment(void)
{
	uint32_t offset = fuzz_below(0x10000) & ~3u, va = tables_va();
	unsigned index = fuzz_gdt_index();
	struct descriptor d = fuzz_descriptor(), is;

	if (!index || is_host_entry(index) || index == GDT_USER_CODE || index == GDT_USER_DATA)
		return;
	if (fuzz_once_in(2)) {
		d.low = (d.low & 0xFFFF) | (va - offset) << 16;
		d.high = (d.high & 0x00FFFF00) | ((va - offset) & 0xFF000000) |
			 ((va - offset) >> 16 & 0xFF);
	}
	segment_load(index, d);
	is = allowed(d);
	CHECK((segment_lar(index << 3 | 1) & LAR_BITS) == (is.high & LAR_BITS),
	      "lar of %08x%08x: 0x%x", d.high, d.low, segment_lar(index << 3 | 1));
	CHECK(segment_lsl(index << 3 | 1) == (is.high ? limit_of(is) : 0), "lsl of %08x%08x: 0x%x",
	      d.high, d.low, segment_lsl(index << 3 | 1));
	TRAP_TRY("movl %0, %%fs", : "r"(index << 3 | 1));
	fuzz_note_trap();
	CHECK(trap_seen.count == !(is_loadable(is) && is.high & HIGH_PRESENT),
	      "fs of %08x%08x: trap %u", d.high, d.low, trap_seen.vector);
	if (!trap_seen.count &&
	    (va - offset) == ((is.low >> 16) | (is.high & 0xFF) << 16 | (is.high & 0xFF000000)))
		read_by(is, offset, va);
	TRAP_TRY("movl %0, %%fs", : "r"(0));
}

static bool arrives(struct regs *r)
{
	arrived = r->vector;
	return true;
}

static void change_gate(void)
{
	unsigned vector = FIRST_VECTOR + fuzz_below(VECTORS);
	bool is_there = fuzz_once_in(2);

	if (vector == 0x80)
		return;
	if (is_there)
		trap_gate(vector, fuzz_once_in(2) ? GATE_TRAP : GATE_INTERRUPT, fuzz_below(4));
	else
		hcall3(LHCALL_LOAD_IDT_ENTRY, vector, fuzz_random(), fuzz_random() & ~0x8000u);
	trap_handle(vector, arrives);
	arrived = 0;
	interrupt[1] = (uint8_t)vector;
	TRAP_TRY("call *%0", : "r"(addr32(interrupt)) : "memory");
	fuzz_note(arrived);
	fuzz_note_trap();
	CHECK(arrived == (is_there ? vector : 0), "int %u: %u arrived", vector, arrived);
	CHECK(is_there || (trap_was(TRAP_PROTECTION) && trap_seen.error == vector * 8 + 2),
	      "int %u without a gate: trap %u, 0x%x", vector, trap_seen.vector, trap_seen.error);
}

void descriptors_step(void)
{
	if (fuzz_once_in(2))
		change_segment();
	else
		change_gate();
}
