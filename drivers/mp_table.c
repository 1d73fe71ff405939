/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Intel's MultiProcessor Specification 1.4: bounded reading of its table. */
#include "drivers/mp_table.h"

#include "core/lib.h"

#define POINTER_BYTES    16u /* 4.1 */
#define POINTER_TABLE    4
#define POINTER_UNITS    8 /* its length in units of 16 bytes */
#define POINTER_DEFAULT  11
#define POINTER_FEATURES 12
#define FEATURE_IMCR     0x80

#define HEADER_BYTES 44u /* 4.2 */
#define HEADER_TOTAL 4
#define HEADER_LAPIC 36
#define CPU_BYTES    20u
#define OTHER_BYTES  8u
#define IS_ENABLED   0x01

enum entry_type { ENTRY_CPU, ENTRY_BUS, ENTRY_IOAPIC, ENTRY_INTERRUPT, ENTRY_LOCAL, ENTRY_TYPES };

#define FIRST_IOAPIC     0xFEC00000u /* of the default configurations, 5.1 */
#define DEFAULT_NO_TIMER 2           /* the one without a pin for line 0, in 5.3 */
#define GSI_STEP         256u
#define CHUNK_BYTES      512u

struct reader {
	struct acpi_info *info;
	phys_map_fn phys;
	void *ctx;
	uint8_t isa_buses[32]; /* bits */
};

static uint32_t get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static bool read_phys(const struct reader *r, void *dst, uint32_t addr, size_t len)
{
	const void *src = r->phys(r->ctx, addr, len);

	if (src)
		memcpy(dst, src, len);
	return src != NULL;
}

static bool sums_to_zero(const struct reader *r, uint32_t addr, uint32_t bytes)
{
	uint8_t chunk[CHUNK_BYTES], total = 0;

	for (uint32_t at = 0; at < bytes; at += CHUNK_BYTES) {
		uint32_t len = MIN(CHUNK_BYTES, bytes - at);

		if (!read_phys(r, chunk, addr + at, len))
			return false;
		for (uint32_t i = 0; i < len; i++)
			total = (uint8_t)(total + chunk[i]);
	}
	return total == 0;
}

static bool find_pointer(const struct reader *r, uint32_t start, uint32_t end, uint8_t *pointer)
{
	for (uint32_t at = start; at < end; at += POINTER_BYTES)
		if (read_phys(r, pointer, at, POINTER_BYTES) && memcmp(pointer, "_MP_", 4) == 0 &&
		    pointer[POINTER_UNITS] == 1 && sums_to_zero(r, at, POINTER_BYTES))
			return true;
	return false;
}

/* The first KiB of the EBDA, the last one of base memory, the BIOS. */
static bool search_pointer(const struct reader *r, uint8_t *pointer)
{
	uint16_t segment;

	if (read_phys(r, &segment, 0x40E, sizeof(segment)) && segment >= 0x40 && segment < 0xA000 &&
	    find_pointer(r, (uint32_t)segment << 4, ((uint32_t)segment << 4) + 1024, pointer))
		return true;
	return find_pointer(r, 0x9FC00, 0xA0000, pointer) ||
	       find_pointer(r, 0xF0000, 0x100000, pointer);
}

/* Lines arrive at the pins of their numbers, but that the timer's is pin 2 (5.3.3). */
static void take_default(struct acpi_info *info, uint8_t number)
{
	acpi_add_cpu(info, 0);
	acpi_add_cpu(info, 1);
	acpi_add_ioapic(info, 2, FIRST_IOAPIC, 0);
	if (number != DEFAULT_NO_TIMER)
		acpi_add_override(info, 0, 2, 0);
}

static void take_interrupt(struct reader *r, const uint8_t *e)
{
	uint16_t flags = (uint16_t)(e[2] | e[3] << 8);

	if (e[1] != 0 || !(r->isa_buses[e[4] / 8] >> e[4] % 8 & 1))
		return;
	for (unsigned i = 0; i < r->info->ioapic_count; i++) {
		uint32_t gsi = r->info->ioapics[i].gsi_base + e[7];

		if (r->info->ioapics[i].id != e[6])
			continue;
		if (gsi != e[5] || flags & 0xF)
			acpi_add_override(r->info, e[5], gsi, flags);
		return;
	}
}

/* Entries are sorted by type (4.3), so buses and I/O APICs are known when lines come. */
static void take_entry(struct reader *r, const uint8_t *e)
{
	if (e[0] == ENTRY_CPU && e[3] & IS_ENABLED)
		acpi_add_cpu(r->info, e[1]);
	else if (e[0] == ENTRY_BUS && memcmp(e + 2, "ISA   ", 6) == 0)
		r->isa_buses[e[1] / 8] |= (uint8_t)(1u << e[1] % 8);
	else if (e[0] == ENTRY_IOAPIC && e[3] & IS_ENABLED)
		acpi_add_ioapic(r->info, e[1], get32(e + 4), r->info->ioapic_count * GSI_STEP);
	else if (e[0] == ENTRY_INTERRUPT)
		take_interrupt(r, e);
}

static bool read_table(struct reader *r, uint32_t table)
{
	uint8_t e[HEADER_BYTES];
	uint32_t bytes;

	if (!read_phys(r, e, table, HEADER_BYTES) || memcmp(e, "PCMP", 4) != 0)
		return false;
	bytes = (uint32_t)(e[HEADER_TOTAL] | e[HEADER_TOTAL + 1] << 8);
	if (bytes < HEADER_BYTES || table + bytes < table || !sums_to_zero(r, table, bytes))
		return false;
	r->info->lapic_base = get32(e + HEADER_LAPIC);
	for (uint32_t at = HEADER_BYTES; bytes - at >= OTHER_BYTES;) {
		if (!read_phys(r, e, table + at, OTHER_BYTES) || e[0] >= ENTRY_TYPES)
			break;
		take_entry(r, e);
		at += e[0] == ENTRY_CPU ? MIN(CPU_BYTES, bytes - at) : OTHER_BYTES;
	}
	return true;
}

bool mp_table_read(struct acpi_info *info, phys_map_fn phys, void *ctx)
{
	struct reader r = {.info = info, .phys = phys, .ctx = ctx};
	uint8_t pointer[POINTER_BYTES];

	if (!search_pointer(&r, pointer))
		return false;
	if (pointer[POINTER_DEFAULT])
		take_default(info, pointer[POINTER_DEFAULT]);
	else if (!read_table(&r, get32(pointer + POINTER_TABLE)))
		return false;
	info->has_mp_table = true;
	info->has_8259 = true;
	info->has_imcr = pointer[POINTER_FEATURES] & FEATURE_IMCR;
	return true;
}
