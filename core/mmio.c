/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's access to device memory: the instruction is decoded and carried out. */
#include "core/mmio.h"

#include "core/decode_mov.h"
#include "core/devices.h"
#include "core/emulate.h"
#include "core/guest.h"
#include "core/traps.h"

/* The saved register of an instruction's register number, in its order (SDM 2, table 2-2). */
static uint32_t *register_of(struct regs *r, unsigned n)
{
	uint32_t *const order[] = {&r->eax, &r->ecx, &r->edx, &r->ebx,
				   &r->esp, &r->ebp, &r->esi, &r->edi};

	return order[n & 7];
}

static uint32_t mask_of(unsigned size)
{
	return size == 4 ? 0xFFFFFFFF : (1u << (8 * size)) - 1;
}

/* Byte registers 4-7 are the second bytes of the first four. */
static uint32_t register_read(struct regs *r, unsigned n, unsigned size)
{
	if (size == 1 && n >= 4)
		return *register_of(r, n - 4) >> 8 & 0xFF;
	return *register_of(r, n) & mask_of(size);
}

static void register_write(struct regs *r, unsigned n, unsigned size, uint32_t value)
{
	uint32_t *reg = register_of(r, size == 1 && n >= 4 ? n - 4 : n);
	uint32_t mask = mask_of(size);
	unsigned shift = size == 1 && n >= 4 ? 8 : 0;

	*reg = (*reg & ~(mask << shift)) | (value & mask) << shift;
}

static uint32_t extended(const struct decoded_mov *m, uint32_t value)
{
	uint32_t sign = 1u << (8 * m->size - 1);

	if (m->extends && m->is_signed && value & sign)
		value |= ~mask_of(m->size);
	return value;
}

bool mmio_access(struct guest *g, uint64_t gpa)
{
	struct regs *regs = g->vcpu.regs;
	uint8_t bytes[DECODE_MAX_BYTES];
	struct decoded_mov m = decode_mov(bytes, emulate_fetch(g, bytes));
	uint32_t offset, value;
	struct virtio_pci *p = pci_bus_find(g, gpa, &offset);

	if (!p)
		return false;
	if (!m.length) {
		guest_fail(g,
			   "device memory 0x%llx accessed at eip 0x%08x by other than mov or movzx "
			   "of 1, 2 or 4 bytes",
			   gpa, regs->eip);
		return true;
	}
	counters_exit(g, EXIT_EMULATED, COUNTER_EMULATED);
	trace(TRACE_EMULATE, g->id, regs->eip, (uint32_t)gpa);
	if (m.is_write) {
		value = m.is_immediate ? m.immediate : register_read(regs, m.reg, m.size);
		trace(TRACE_DEVICE, g->id, p->device->slot, offset);
		virtio_pci_bar_write(p, offset, m.size, value);
	} else {
		value = virtio_pci_bar_read(p, offset, m.size) & mask_of(m.size);
		register_write(regs, m.reg, m.reg_size, extended(&m, value));
	}
	emulate_skip(g, m.length);
	devices_check(g);
	return true;
}
