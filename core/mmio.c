/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's access to device memory: the instruction is decoded and carried out. */
#include "core/mmio.h"

#include "core/decode_mov.h"
#include "core/devices.h"
#include "core/emulate.h"
#include "core/guest.h"
#include "core/lib.h"
#include "core/traps.h"

/* The saved register of an instruction's register number, in its order (SDM 2, table 2-2). */
static uint32_t *register_of(struct regs *r, unsigned n)
{
	static const uint8_t order[] = {offsetof(struct regs, eax), offsetof(struct regs, ecx),
					offsetof(struct regs, edx), offsetof(struct regs, ebx),
					offsetof(struct regs, esp), offsetof(struct regs, ebp),
					offsetof(struct regs, esi), offsetof(struct regs, edi)};

	return (uint32_t *)((uint8_t *)r + order[n & 7]);
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
	uint8_t bytes[DECODE_FETCH_BYTES];
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
	*mmio_page_of(g, g->fault_address) = g->fault_address & PAGE_MASK;
	if (m.is_write) {
		value = m.is_immediate ? m.immediate : register_read(regs, m.reg, m.size);
		trace(TRACE_DEVICE, g->id, p->device->slot, offset);
		virtio_pci_bar_write(p, offset, m.size, value);
		devices_check_one(g, p->device);
	} else {
		value = virtio_pci_bar_read(p, offset, m.size) & mask_of(m.size);
		register_write(regs, m.reg, m.reg_size, extended(&m, value));
	}
	emulate_skip(g, m.length);
	return true;
}

/* As shadow_fault() would find it, but quick: drivers touch few addresses, over and over. */
bool mmio_access_again(struct guest *g, gva_t va, uint32_t error_code)
{
	const struct guest_tables *t = &g->shadow.tables;
	uint32_t upper = PTE_P | PTE_A, lower = PTE_P | PTE_A, low, high = 0;
	uint64_t pde;
	gpa_t at;

	if (error_code & PF_WRITE) {
		upper |= PTE_W;
		lower |= PTE_W | PTE_D;
	}
	if (error_code & ~PF_WRITE || g->shadow.is_linear || !guest_walk_table(t, va, &pde, &at))
		return false;
	memcpy(&low, t->memory + at, sizeof(low));
	if (t->is_pae)
		memcpy(&high, t->memory + at + 4, sizeof(high));
	if (~(uint32_t)pde & upper || ~low & lower || low < g->mem_bytes ||
	    high & (uint32_t)(PTE_ADDR >> 32))
		return false;
	return mmio_access(g, (low & PAGE_MASK) | (va & ~PAGE_MASK));
}
