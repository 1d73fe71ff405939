/* SPDX-License-Identifier: GPL-2.0-or-later */
/* I/O APICs: which pin a line is, and its redirection entry. */
#include "drivers/ioapic.h"

#include "arch/x86/io.h"
#include "core/log.h"
#include "core/util.h"

#define INDEX      0x00 /* byte offsets of the two registers all others hide behind */
#define WINDOW     0x10
#define WINDOW_END 0x14

#define REG_ID         0x00
#define REG_VERSION    0x01
#define REG_ENTRY(pin) (0x10 + 2 * (pin)) /* and the upper half behind it */

#define ID_SHIFT         24
#define ID_MASK          0x0F000000u
#define VERSION_NUMBER   0xFFu
#define ENTRY_LOW        (1u << 13)
#define ENTRY_LEVEL      (1u << 15)
#define ENTRY_MASKED     (1u << 16)
#define ENTRY_WRITABLE   (ENTRY_MASKED | 0xFFu)
#define TEST_VECTOR      0xA5u
#define PINS_MAX         240u
#define ENTRY_DEST_SHIFT 24

struct ioapic {
	volatile uint8_t *mmio;
	uint32_t gsi_base;
	unsigned pins;
};

static struct ioapic chips[IOAPIC_MAX];
static unsigned chip_count;

static uint32_t read(const struct ioapic *io, unsigned reg)
{
	mmio_write32(io->mmio + INDEX, reg);
	return mmio_read32(io->mmio + WINDOW);
}

static void write(const struct ioapic *io, unsigned reg, uint32_t value)
{
	mmio_write32(io->mmio + INDEX, reg);
	mmio_write32(io->mmio + WINDOW, value);
}

/* An address with nothing behind it reads as ones or zeros and forgets what is written. */
static bool answers(struct ioapic *io)
{
	uint32_t version = read(io, REG_VERSION);

	io->pins = (version >> 16 & 0xFF) + 1;
	if (!(version & VERSION_NUMBER) || io->pins > PINS_MAX)
		return false;
	write(io, REG_ENTRY(0), ENTRY_MASKED | TEST_VECTOR);
	return (read(io, REG_ENTRY(0)) & ENTRY_WRITABLE) == (ENTRY_MASKED | TEST_VECTOR);
}

/* Firmware may have left another number; on an APIC bus two of the same do not work. */
static void set_id(const struct ioapic *io, uint8_t id)
{
	uint32_t now = read(io, REG_ID);

	if ((now & ID_MASK) >> ID_SHIFT != (id & 0xF))
		write(io, REG_ID, (now & ~ID_MASK) | (id & 0xFu) << ID_SHIFT);
}

static bool start(struct ioapic *io, const struct acpi_ioapic *said)
{
	*io = (struct ioapic){.mmio = mmio_map(said->base, WINDOW_END), .gsi_base = said->gsi_base};
	if (!io->mmio || !answers(io))
		return false;
	set_id(io, said->id);
	for (unsigned pin = 0; pin < io->pins; pin++) {
		write(io, REG_ENTRY(pin), ENTRY_MASKED);
		write(io, REG_ENTRY(pin) + 1, 0);
	}
	return true;
}

unsigned ioapic_init(const struct acpi_info *info)
{
	chip_count = 0;
	for (unsigned i = 0; i < info->ioapic_count && chip_count < IOAPIC_MAX; i++) {
		const struct acpi_ioapic *said = &info->ioapics[i];

		if (start(&chips[chip_count], said))
			log_info("interrupts: I/O APIC %u, %u pins", said->id,
				 chips[chip_count++].pins);
		else
			log_warn("interrupts: no I/O APIC answers at 0x%08x, where the firmware "
				 "says one is",
				 said->base);
	}
	return chip_count;
}

struct ioapic_line ioapic_route(const struct acpi_info *info, unsigned line, bool is_pci)
{
	struct ioapic_line route = {.gsi = line, .is_level = is_pci, .is_active_low = is_pci};

	for (unsigned i = 0; i < info->override_count; i++) {
		const struct acpi_override *o = &info->overrides[i];

		if (o->irq != line)
			continue;
		route.gsi = o->gsi;
		route.is_overridden = true;
		if (o->says_trigger)
			route.is_level = o->is_level;
		if (o->says_polarity)
			route.is_active_low = o->is_active_low;
		break;
	}
	return route;
}

static const struct ioapic *find(uint32_t gsi)
{
	for (unsigned i = 0; i < chip_count; i++)
		if (gsi - chips[i].gsi_base < chips[i].pins)
			return &chips[i];
	return NULL;
}

bool ioapic_has(uint32_t gsi)
{
	return find(gsi) != NULL;
}

void ioapic_connect(const struct ioapic_line *line, uint32_t vector, uint8_t apic_id)
{
	const struct ioapic *io = find(line->gsi);
	unsigned entry;

	if (!io)
		return;
	entry = REG_ENTRY(line->gsi - io->gsi_base);
	write(io, entry + 1, (uint32_t)apic_id << ENTRY_DEST_SHIFT);
	write(io, entry,
	      vector | (line->is_level ? ENTRY_LEVEL : 0) | (line->is_active_low ? ENTRY_LOW : 0));
}

void ioapic_mask(uint32_t gsi, bool masked)
{
	const struct ioapic *io = find(gsi);
	unsigned entry;
	uint32_t now;

	if (!io)
		return;
	entry = REG_ENTRY(gsi - io->gsi_base);
	now = read(io, entry);
	write(io, entry, masked ? now | ENTRY_MASKED : now & ~ENTRY_MASKED);
}
