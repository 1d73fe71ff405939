/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Configuration mechanism 1: the bus scan, base addresses, capabilities, messages. */
#include "drivers/pci.h"

#include <linux/pci_regs.h>

#include "arch/x86/io.h"
#include "core/delay.h"
#include "core/util.h"

#define CONFIG_ADDRESS 0xCF8 /* PCI 3.0, 3.2.2.3.2 */
#define CONFIG_DATA    0xCFC
#define CONFIG_ENABLE  0x80000000u

#define BUSES             256u
#define DEVICES           32u
#define FUNCTIONS         8u
#define HEADER_MULTI      0x80
#define HEADER_TYPE       0x7F
#define NO_VENDOR         0xFFFF
#define CAPABILITY_LOWEST 0x40u
#define BAR_MAX_BYTES     0x80000000u
#define D3_TO_D0_US       10000u /* PCI power management 1.2, 5.6.1 */
#define MSIX_ENTRY_BYTES  16u

/* Which buses a scan knows of, and which of them it has looked at. */
struct scan {
	struct pci_function *found;
	unsigned count, max;
	uint32_t known[BUSES / 32], done[BUSES / 32];
};

/* The port through which the bytes from offset on are reached. */
static uint16_t select(const struct pci_function *f, unsigned offset)
{
	outl(CONFIG_ADDRESS, CONFIG_ENABLE | (uint32_t)f->bus << 16 |
				     (f->device & (DEVICES - 1)) << 11 |
				     (f->function & (FUNCTIONS - 1)) << 8 | (offset & 0xFC));
	return (uint16_t)(CONFIG_DATA + (offset & 3));
}

uint32_t pci_read32(const struct pci_function *f, unsigned offset)
{
	return inl(select(f, offset));
}

uint16_t pci_read16(const struct pci_function *f, unsigned offset)
{
	return inw(select(f, offset));
}

uint8_t pci_read8(const struct pci_function *f, unsigned offset)
{
	return inb(select(f, offset));
}

void pci_write32(const struct pci_function *f, unsigned offset, uint32_t value)
{
	outl(select(f, offset), value);
}

void pci_write16(const struct pci_function *f, unsigned offset, uint16_t value)
{
	outw(select(f, offset), value);
}

void pci_write8(const struct pci_function *f, unsigned offset, uint8_t value)
{
	outb(select(f, offset), value);
}

static unsigned header_type(const struct pci_function *f)
{
	return pci_read8(f, PCI_HEADER_TYPE) & HEADER_TYPE;
}

/* The address register keeps what is written only where there is a bus behind it. */
static bool has_mechanism_1(void)
{
	outl(CONFIG_ADDRESS, CONFIG_ENABLE);
	return inl(CONFIG_ADDRESS) == CONFIG_ENABLE;
}

static void know_bus(struct scan *s, unsigned bus)
{
	s->known[bus / 32] |= 1u << bus % 32;
}

static void add_function(struct scan *s, struct pci_function *f)
{
	uint32_t class = pci_read32(f, PCI_CLASS_REVISION);

	f->revision = (uint8_t) class;
	f->interface = (uint8_t)(class >> 8);
	f->subclass = (uint8_t)(class >> 16);
	f->class = (uint8_t)(class >> 24);
	f->product = pci_read16(f, PCI_DEVICE_ID);
	f->irq_line = pci_read8(f, PCI_INTERRUPT_LINE);
	f->irq_pin = pci_read8(f, PCI_INTERRUPT_PIN);
	if (header_type(f) == PCI_HEADER_TYPE_BRIDGE)
		know_bus(s, pci_read8(f, PCI_SECONDARY_BUS));
	if (s->count < s->max)
		s->found[s->count++] = *f;
}

/* False: nothing answers there. */
static bool scan_function(struct scan *s, unsigned bus, unsigned device, unsigned function)
{
	struct pci_function f = {
		.bus = (uint8_t)bus, .device = (uint8_t)device, .function = (uint8_t)function};

	f.vendor = pci_read16(&f, PCI_VENDOR_ID);
	if (f.vendor == NO_VENDOR || f.vendor == 0)
		return false;
	add_function(s, &f);
	return true;
}

/* A device of one function may answer to all eight numbers: only header type bit 7 tells. */
static void scan_device(struct scan *s, unsigned bus, unsigned device)
{
	struct pci_function first = {.bus = (uint8_t)bus, .device = (uint8_t)device};

	if (!scan_function(s, bus, device, 0) ||
	    !(pci_read8(&first, PCI_HEADER_TYPE) & HEADER_MULTI))
		return;
	for (unsigned function = 1; function < FUNCTIONS; function++)
		scan_function(s, bus, device, function);
}

/* The lowest bus that is known and not done, which is done then. BUSES: none. */
static unsigned take_bus(struct scan *s)
{
	for (unsigned bus = 0; bus < BUSES; bus++) {
		uint32_t bit = 1u << bus % 32;

		if (!(s->known[bus / 32] & ~s->done[bus / 32] & bit))
			continue;
		s->done[bus / 32] |= bit;
		return bus;
	}
	return BUSES;
}

unsigned pci_scan(struct pci_function *found, unsigned max)
{
	struct scan s = {.found = found, .max = max};
	unsigned bus;

	if (!has_mechanism_1())
		return 0;
	know_bus(&s, 0);
	while ((bus = take_bus(&s)) < BUSES)
		for (unsigned device = 0; device < DEVICES; device++)
			scan_device(&s, bus, device);
	return s.count;
}

static unsigned bar_offset(unsigned n)
{
	return PCI_BASE_ADDRESS_0 + 4 * n;
}

static bool bar_is_64bit(uint32_t bar)
{
	return !(bar & PCI_BASE_ADDRESS_SPACE_IO) &&
	       (bar & PCI_BASE_ADDRESS_MEM_TYPE_MASK) == PCI_BASE_ADDRESS_MEM_TYPE_64;
}

/* Whether there may be a BAR n: not beyond the header's last, nor the upper half of another. */
static bool bar_begins_at(const struct pci_function *f, unsigned n)
{
	unsigned type = header_type(f), at = 0;
	unsigned count = type == PCI_HEADER_TYPE_NORMAL   ? 6
			 : type == PCI_HEADER_TYPE_BRIDGE ? 2
							  : 0;

	while (at < n && n < count)
		at += bar_is_64bit(pci_read32(f, bar_offset(at))) ? 2 : 1;
	return at == n && n < count;
}

/* Which bits of a BAR's dword can be set. */
static uint32_t probe_bits(const struct pci_function *f, unsigned offset)
{
	uint32_t before = pci_read32(f, offset), bits;

	pci_write32(f, offset, 0xFFFFFFFF);
	bits = pci_read32(f, offset);
	pci_write32(f, offset, before);
	return bits;
}

static uint64_t probe_bar(const struct pci_function *f, unsigned offset, bool is_64bit)
{
	uint16_t command = pci_read16(f, PCI_COMMAND);
	uint64_t bits;

	pci_write16(f, PCI_COMMAND, command & ~(PCI_COMMAND_IO | PCI_COMMAND_MEMORY));
	bits = probe_bits(f, offset);
	if (is_64bit)
		bits |= (uint64_t)probe_bits(f, offset + 4) << 32;
	pci_write16(f, PCI_COMMAND, command);
	return bits;
}

struct pci_bar pci_bar(const struct pci_function *f, unsigned n)
{
	struct pci_bar bar = {0};
	uint32_t low, flags;
	uint64_t bits;

	if (!bar_begins_at(f, n))
		return bar;
	low = pci_read32(f, bar_offset(n));
	bar.is_io = low & PCI_BASE_ADDRESS_SPACE_IO;
	flags = bar.is_io ? 0x3 : 0xF;
	bar.base = low & ~flags;
	if (bar_is_64bit(low))
		bar.base |= (uint64_t)pci_read32(f, bar_offset(n + 1)) << 32;
	bits = probe_bar(f, bar_offset(n), bar_is_64bit(low)) & ~(uint64_t)flags;
	/* The lowest bit that can be set is the size (PCI 3.0, 6.2.5.1). */
	bar.bytes = (uint32_t)MIN(bits & -bits, (uint64_t)BAR_MAX_BYTES);
	if (bar.bytes == 0)
		bar.base = 0;
	return bar;
}

/* Bounded even if the list bites its own tail: no offset is looked at twice. */
unsigned pci_find_capability(const struct pci_function *f, unsigned id, unsigned after)
{
	bool behind = after == 0;
	uint64_t seen = 0;
	unsigned at;

	if (!(pci_read16(f, PCI_STATUS) & PCI_STATUS_CAP_LIST) ||
	    header_type(f) > PCI_HEADER_TYPE_BRIDGE)
		return 0;
	at = pci_read8(f, PCI_CAPABILITY_LIST) & 0xFC;
	while (at >= CAPABILITY_LOWEST && !(seen >> at / 4 & 1)) {
		if (behind && pci_read8(f, at + PCI_CAP_LIST_ID) == id)
			return at;
		behind |= at == after;
		seen |= 1ull << at / 4;
		at = pci_read8(f, at + PCI_CAP_LIST_NEXT) & 0xFC;
	}
	return 0;
}

/* On its way out of D3 a function may forget where it was (PCI PM 1.2, 5.4.1). */
static void wake(const struct pci_function *f)
{
	unsigned pm = pci_find_capability(f, PCI_CAP_ID_PM, 0);
	uint32_t bars[6];
	uint16_t control;

	if (!pm)
		return;
	control = pci_read16(f, pm + PCI_PM_CTRL);
	if (!(control & PCI_PM_CTRL_STATE_MASK))
		return;
	for (unsigned i = 0; i < ARRAY_SIZE(bars); i++)
		bars[i] = pci_read32(f, bar_offset(i));
	control &= (uint16_t) ~(PCI_PM_CTRL_STATE_MASK | PCI_PM_CTRL_PME_STATUS);
	pci_write16(f, pm + PCI_PM_CTRL, control);
	delay_us(D3_TO_D0_US);
	for (unsigned i = 0; i < ARRAY_SIZE(bars); i++)
		pci_write32(f, bar_offset(i), bars[i]);
}

static void change_command(const struct pci_function *f, unsigned clear, unsigned set)
{
	unsigned command = pci_read16(f, PCI_COMMAND);

	pci_write16(f, PCI_COMMAND, (uint16_t)((command & ~clear) | set));
}

void pci_enable(const struct pci_function *f)
{
	wake(f);
	change_command(f, PCI_COMMAND_INTX_DISABLE,
		       PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

static bool set_msi(const struct pci_function *f, uint32_t address, uint32_t data)
{
	unsigned cap = pci_find_capability(f, PCI_CAP_ID_MSI, 0);
	unsigned flags;
	bool wide;

	if (!cap)
		return false;
	flags = pci_read16(f, cap + PCI_MSI_FLAGS);
	wide = flags & PCI_MSI_FLAGS_64BIT;
	pci_write32(f, cap + PCI_MSI_ADDRESS_LO, address);
	if (wide)
		pci_write32(f, cap + PCI_MSI_ADDRESS_HI, 0);
	pci_write16(f, cap + (wide ? PCI_MSI_DATA_64 : PCI_MSI_DATA_32), (uint16_t)data);
	if (flags & PCI_MSI_FLAGS_MASKBIT)
		pci_write32(f, cap + (wide ? PCI_MSI_MASK_64 : PCI_MSI_MASK_32), 0);
	flags = (flags & ~PCI_MSI_FLAGS_QSIZE) | PCI_MSI_FLAGS_ENABLE;
	pci_write16(f, cap + PCI_MSI_FLAGS, (uint16_t)flags);
	return true;
}

/* Entry 0 of its table, mapped; NULL: it has none that can be reached. */
static volatile uint8_t *map_msix_entry(const struct pci_function *f, unsigned cap)
{
	uint32_t table = pci_read32(f, cap + PCI_MSIX_TABLE),
		 offset = table & PCI_MSIX_TABLE_OFFSET;
	struct pci_bar bar = pci_bar(f, table & PCI_MSIX_TABLE_BIR);

	if (bar.base == 0 || bar.is_io || bar.bytes < MSIX_ENTRY_BYTES ||
	    offset > bar.bytes - MSIX_ENTRY_BYTES)
		return NULL;
	return mmio_map(bar.base + offset, MSIX_ENTRY_BYTES);
}

static bool set_msix(const struct pci_function *f, uint32_t address, uint32_t data)
{
	unsigned cap = pci_find_capability(f, PCI_CAP_ID_MSIX, 0);
	volatile uint8_t *entry = cap ? map_msix_entry(f, cap) : NULL;
	unsigned flags;

	if (!entry)
		return false;
	flags = pci_read16(f, cap + PCI_MSIX_FLAGS) & ~PCI_MSIX_FLAGS_MASKALL;
	/* Masked as a whole while the entry is half written (PCI 3.0, 6.8.3.2). */
	pci_write16(f, cap + PCI_MSIX_FLAGS,
		    (uint16_t)(flags | PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL));
	mmio_write32(entry + PCI_MSIX_ENTRY_LOWER_ADDR, address);
	mmio_write32(entry + PCI_MSIX_ENTRY_UPPER_ADDR, 0);
	mmio_write32(entry + PCI_MSIX_ENTRY_DATA, data);
	mmio_write32(entry + PCI_MSIX_ENTRY_VECTOR_CTRL, 0);
	pci_write16(f, cap + PCI_MSIX_FLAGS, (uint16_t)(flags | PCI_MSIX_FLAGS_ENABLE));
	return true;
}

bool pci_set_msi(const struct pci_function *f, uint32_t address, uint32_t data)
{
	if (!set_msi(f, address, data) && !set_msix(f, address, data))
		return false;
	change_command(f, 0, PCI_COMMAND_INTX_DISABLE);
	return true;
}
