/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running code in ring 3. */
#include "guests/lib/ring3.h"
#include "guests/lib/hypercall.h"
#include "guests/lib/irq.h"
#include "guests/lib/paging.h"
#include "guests/lib/segment.h"

extern char guest_user_start[], guest_user_end[], guest_user_phys[];
void ring3_enter(const struct regs *r);

PAGE_ALIGNED uint8_t ring3_trap_stack[RING3_STACK_BYTES];
static struct regs *running;

void ring3_init(void)
{
	uint32_t phys = addr32(guest_user_phys);
	uint32_t root = pt_root();

	segment_load(GDT_USER_CODE, segment_flat(3, SEGMENT_CODE));
	segment_load(GDT_USER_DATA, segment_flat(3, SEGMENT_DATA));
	hcall3(LHCALL_SET_STACK, LGUEST_DS, addr32(ring3_trap_stack) + RING3_STACK_BYTES,
	       RING3_STACK_BYTES / PAGE_SIZE);
	trap_gate(0x80, GATE_TRAP, 3);
	for (uint32_t va = addr32(guest_user_start); va < addr32(guest_user_end);
	     va += PAGE_SIZE, phys += PAGE_SIZE)
		pt_map(root, va, phys | PTE_USER_PAGE);
	pt_map(root, USER_STACK_TOP - PAGE_SIZE, boot_alloc_pages(1) | PTE_USER_PAGE);
}

struct regs ring3_start(const void *entry)
{
	return (struct regs){
		.ds = USER_DS,
		.es = USER_DS,
		.eip = addr32(entry),
		.cs = USER_CS,
		.eflags = X86_EFLAGS_IF | 2,
		.esp = USER_STACK_TOP - 16,
		.ss = USER_DS,
	};
}

void ring3_run(struct regs *r)
{
	irq_disable();
	running = r;
	ring3_enter(r);
	running = NULL;
	irq_disable();
}

bool ring3_trapped(const struct regs *r)
{
	struct regs *target = running;

	if (!target)
		return false;
	running = NULL;
	*target = *r;
	ring3_leave();
}
