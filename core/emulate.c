/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The few instructions Gatehouse carries out for a ring-1 guest kernel. */
#include "core/emulate.h"

#include "core/guest.h"
#include "core/guest_mem.h"
#include "core/hypercall.h"
#include "core/lib.h"
#include "core/ports.h"
#include "core/traps.h"

unsigned emulate_fetch(struct guest *g, uint8_t *bytes)
{
	const struct regs *regs = g->vcpu.regs;
	gva_t eip = regs->eip + vcpu_segment_base(&g->vcpu, (uint16_t)regs->cs);
	uint32_t first = MIN((uint32_t)DECODE_MAX_BYTES, PAGE_SIZE - (eip & ~PAGE_MASK));
	const void *code = guest_at_once(g, eip, DECODE_FETCH_BYTES);

	if (likely(code != NULL)) {
		memcpy(bytes, code, DECODE_FETCH_BYTES);
		return DECODE_MAX_BYTES;
	}
	if (guest_read_virtual(g, eip, bytes, first))
		return 0;
	if (guest_read_virtual(g, eip + first, bytes + first, DECODE_MAX_BYTES - first))
		return first;
	return DECODE_MAX_BYTES;
}

static struct decoded fetch(struct guest *g)
{
	uint8_t bytes[DECODE_FETCH_BYTES];

	return decode(bytes, emulate_fetch(g, bytes));
}

void emulate_skip(struct guest *g, unsigned length)
{
	struct regs *regs = g->vcpu.regs;

	regs->eip += length;
	regs->eflags &= ~X86_EFLAGS_RF;
	if (regs->eflags & X86_EFLAGS_TF) {
		g->vcpu.dr[6] |= 0x4000; /* BS: single step */
		trap_reflect(g, X86_TRAP_DB, 0);
	}
}

static void port_access(struct guest *g, const struct decoded *d)
{
	struct regs *regs = g->vcpu.regs;
	uint16_t port = d->port_in_dx ? (uint16_t)regs->edx : d->number;
	uint32_t mask = d->size == 4 ? 0xFFFFFFFF : d->size == 2 ? 0xFFFF : 0xFF;

	if (d->kind == DECODE_OUT)
		port_write(g, port, d->size, regs->eax & mask);
	else
		regs->eax = (regs->eax & ~mask) | (port_read(g, port, d->size) & mask);
	emulate_skip(g, d->length);
}

/*
 * int n through a gate that is not the CPU's own: allowed if the guest's gate
 * is. Software interrupts push no error code, whatever the vector.
 */
static bool software_interrupt(struct guest *g, const struct decoded *d, uint32_t error_code)
{
	uint64_t gate = g->vcpu.idt[d->number];
	struct regs *regs = g->vcpu.regs;

	if (error_code != (d->number * 8u | 2) || !gate_is_usable(gate))
		return false;
	if (DESC_DPL_OF(gate) < vcpu_ring(&g->vcpu) && vcpu_ring(&g->vcpu) != 1)
		return false;
	regs->eip += d->length;
	return trap_deliver(g, d->number, false, 0);
}

bool emulate_vmcall(struct guest *g)
{
	struct decoded d;

	if (vcpu_ring(&g->vcpu) != 1)
		return false;
	d = fetch(g);
	if (d.kind != DECODE_VMCALL)
		return false;
	if (!g->vcpu.rules.uses_vmcall) {
		struct gate_rules rules = g->vcpu.rules;

		rules.uses_vmcall = true; /* from now on #UD always comes to us */
		vcpu_set_rules(&g->vcpu, &rules);
	}
	g->vcpu.regs->eip += d.length;
	hypercall(g, d.length);
	return true;
}

bool emulate_instruction(struct guest *g, uint32_t error_code)
{
	struct decoded d = fetch(g);
	bool is_kernel = vcpu_ring(&g->vcpu) == 1;

	if (d.kind == DECODE_INT)
		return software_interrupt(g, &d, error_code);
	if (!is_kernel || error_code != 0)
		return false;
	if (d.kind == DECODE_VMCALL)
		return emulate_vmcall(g);
	if (d.kind == DECODE_OTHER)
		return false;
	counters_exit(g, EXIT_EMULATED, COUNTER_EMULATED);
	trace(TRACE_EMULATE, g->id, g->vcpu.regs->eip, 0);
	if (d.kind == DECODE_CLI)
		emulate_skip(g, d.length);
	else
		port_access(g, &d);
	return true;
}
