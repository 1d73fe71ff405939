/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Page tables and descriptors change at random: what is read is what they say, at all times. */
/* paging: both */
/* expect: success or dead "(maps guest-physical|page table entry)" */
/* guest-line: mem=4M shadow=256K on-crash=restart restarts=any */
/* cmdline: steps=25000 */
/* bystander: procs */
/* bochs: yes */
#include "test/guests/fuzz_tables/descriptors.h"
#include "test/guests/fuzz_tables/tables.h"

extern char guest_stack[], guest_stack_top[];

USER_CODE(user_read, "movl (%eax), %ecx\n\tint $0x80");
USER_CODE(user_write, "movl %ecx, (%eax)\n\tint $0x80");

/* An access in the ring: 0, or the page fault's error code + 1. */
static uint32_t access(unsigned ring, uint32_t va, bool is_write, uint32_t *value)
{
	struct regs r;
	uint32_t cr2;

	if (ring == 1) {
		if (is_write ? try_write(va, *value) : try_read(va, value))
			return 0;
		check_fault("access in ring 1", TRAP_PAGE_FAULT, trap_seen.error);
		cr2 = trap_seen.cr2;
	} else {
		r = ring3_start(is_write ? user_write : user_read);
		r.eax = va;
		r.ecx = *value;
		ring3_run(&r);
		*value = r.ecx;
		if (r.vector == 0x80)
			return 0;
		CHECK(r.vector == TRAP_PAGE_FAULT, "ring 3 at 0x%x: trap %u", va, r.vector);
		trap_seen = (struct trap_record){.count = 1,
						 .vector = r.vector,
						 .error = r.error,
						 .eip = r.eip,
						 .cs = r.cs,
						 .eflags = r.eflags,
						 .cr2 = READ_ONCE(lguest_data.cr2)};
		cr2 = trap_seen.cr2;
	}
	fuzz_note_trap();
	CHECK(cr2 == va, "cr2 0x%x, not 0x%x", cr2, va);
	fuzz_traps++;
	return trap_seen.error + 1;
}

static void check_view(const struct tables_view *v, uint32_t va, unsigned ring, bool is_write)
{
	bool may = v->kind == VIEW_PAGE && (!is_write || v->may_write) &&
		   (ring == 1 || v->may_use_in_ring3);
	uint32_t denied = v->kind == VIEW_PAGE ? PF_PRESENT : 0, *memory = phys_to_virt(v->gpa);
	uint32_t value = fuzz_random(), wanted = value, code = access(ring, va, is_write, &value);
	struct tables_view after;

	denied |= (ring == 3 ? PF_USER : 0) | (is_write ? PF_WRITE : 0);
	fuzz_note(code);
	/* elsewhere in the guest's memory may be the time */
	fuzz_note(v->is_data ? value : 0);
	CHECK(code == (may ? 0 : denied + 1), "ring %u %s 0x%x: error code + 1 0x%x, not 0x%x",
	      ring, is_write ? "write" : "read", va, code, may ? 0 : denied + 1);
	if (!may)
		return;
	after = tables_look(va);
	CHECK(after.is_accessed && (!is_write || after.is_dirty), "0x%x: accessed %u, dirty %u", va,
	      after.is_accessed, after.is_dirty);
	/* of the guest's own stack, what was read may be overwritten by now */
	if ((char *)memory >= guest_stack && (char *)memory < guest_stack_top)
		return;
	if (!is_write)
		wanted = *memory;
	else
		value = *memory;
	CHECK(value == wanted, "ring %u %s 0x%x: 0x%x, but 0x%x at 0x%x", ring,
	      is_write ? "write" : "read", va, value, wanted, v->gpa);
}

static void look(void)
{
	uint32_t va = tables_va();
	struct tables_view v = tables_look(va);
	unsigned ring = fuzz_once_in(4) ? 3 : 1;
	bool is_write = fuzz_once_in(3);

	if (v.kind == VIEW_FATAL && fuzz_once_in(4))
		fuzz_audit(); /* the host must not have mapped it, though it was told to */
	/* what is written to is no table and nothing of the guest's own */
	if (v.kind == VIEW_FATAL || (is_write && v.kind == VIEW_PAGE && !v.is_data))
		return;
	check_view(&v, va, ring, is_write);
}

static void step(void)
{
	switch (fuzz_below(16)) {
	case 0 ... 3:
		tables_change();
		break;
	case 4:
		if (fuzz_once_in(4))
			tables_switch();
		break;
	case 5:
		descriptors_step();
		break;
	default:
		look();
	}
}

/* Without a look at the tables before. */
static void last(void)
{
	uint32_t value;

	tables_change();
	if (fuzz_once_in(2))
		try_read(tables_va(), &value);
}

void test_main(void)
{
	tables_init();
	fuzz_run("tables", step, last);
}
