/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Trap gates and the dispatcher every entry stub calls. */
#include "guests/lib/trap.h"
#include "guests/lib/console.h"
#include "guests/lib/hypercall.h"
#include "guests/lib/ring3.h"

#define VECTORS 256

extern const uint32_t trap_stubs[VECTORS];
void trap_dispatch(struct regs *r);

static trap_handler *handlers[VECTORS];

struct trap_record trap_seen;
uint32_t trap_try_eip, trap_try_esp;
uint32_t trap_fixup;

bool trap_was(unsigned vector)
{
	return trap_seen.count == 1 && trap_seen.vector == vector;
}

void trap_gate_to(unsigned vector, unsigned type, unsigned dpl, uint32_t eip)
{
	hcall3(LHCALL_LOAD_IDT_ENTRY, vector, (uint32_t)LGUEST_CS << 16 | (eip & 0xFFFF),
	       (eip & 0xFFFF0000) | 0x8000 | dpl << 13 | type << 8);
}

void trap_gate(unsigned vector, unsigned type, unsigned dpl)
{
	trap_gate_to(vector, type, dpl, trap_stubs[vector]);
}

void trap_handle(unsigned vector, trap_handler *handler)
{
	handlers[vector] = handler;
}

void trap_init(void)
{
	for (unsigned v = 0; v < LGUEST_FIRST_VECTOR + LGUEST_IRQS; v++) {
		bool for_users = v == TRAP_BREAKPOINT || v == TRAP_OVERFLOW || v == TRAP_BOUND;

		trap_gate(v, GATE_INTERRUPT, for_users ? 3 : 0);
	}
}

static void trap_record(const struct regs *r)
{
	trap_seen.count++;
	trap_seen.vector = r->vector;
	trap_seen.error = r->error;
	trap_seen.eip = r->eip;
	trap_seen.cs = r->cs;
	trap_seen.eflags = r->eflags;
	trap_seen.cr2 = READ_ONCE(lguest_data.cr2);
	trap_seen.irq_enabled = READ_ONCE(lguest_data.irq_enabled);
}

__attribute__((noreturn)) static void trap_unexpected(const struct regs *r)
{
	printf("unexpected trap %u error 0x%x at 0x%x:0x%x eflags 0x%x cr2 0x%x\n", r->vector,
	       r->error, r->cs, r->eip, r->eflags, READ_ONCE(lguest_data.cr2));
	printf("eax %08x ebx %08x ecx %08x edx %08x esi %08x edi %08x ebp %08x esp %08x\n", r->eax,
	       r->ebx, r->ecx, r->edx, r->esi, r->edi, r->ebp, r->unused_esp);
	printf("VERDICT: ERROR: unexpected trap %u at 0x%x\n", r->vector, r->eip);
	shutdown(LGUEST_SHUTDOWN_POWEROFF, "unexpected trap");
}

void trap_dispatch(struct regs *r)
{
	if (r->vector < VECTORS && handlers[r->vector] && handlers[r->vector](r))
		return;
	if (regs_from_user(r) && ring3_trapped(r))
		return;
	if (r->vector >= LGUEST_FIRST_VECTOR && r->vector < LGUEST_FIRST_VECTOR + LGUEST_IRQS)
		return;
	trap_record(r);
	if (!trap_fixup)
		trap_unexpected(r);
	r->eip = trap_fixup;
	trap_fixup = 0;
	r->eflags &= ~X86_EFLAGS_TF;
}
