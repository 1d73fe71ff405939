/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes the ACPI table reader: the input becomes the bodies of four tables. */
/* unit-sources: drivers/acpi.c */
#include "drivers/acpi.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MEM_BASE   0x100000u
#define TABLES     4u
#define ROOT_BYTES (36 + 4 * TABLES)

struct fuzz_memory {
	uint8_t *bytes;
	size_t size;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const void *phys(void *ctx, uint64_t addr, size_t len)
{
	const struct fuzz_memory *m = ctx;

	if (addr < MEM_BASE || addr - MEM_BASE > m->size || len > m->size - (addr - MEM_BASE))
		return NULL;
	return m->bytes + (addr - MEM_BASE);
}

static void fix_sum(uint8_t *p, uint32_t len, unsigned sum_at)
{
	uint8_t sum = 0;

	for (uint32_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + p[i]);
	p[sum_at] = (uint8_t)(p[sum_at] - sum);
}

/* Without a right signature and checksum the reader would not look any further. */
static void seal(uint8_t *p, const char *signature, uint32_t bytes)
{
	memcpy(p, signature, 4);
	memcpy(p + 4, &bytes, sizeof(bytes));
	fix_sum(p, bytes, 9);
}

/* The input is cut in four; the first bytes of each part are replaced by a header. */
static void make_tables(struct fuzz_memory *m)
{
	static const char names[TABLES][5] = {"FACP", "APIC", "HPET", "DSDT"};
	uint32_t part = (uint32_t)(m->size - ROOT_BYTES) / TABLES;
	uint32_t dsdt = MEM_BASE + ROOT_BYTES + 3 * part;

	for (uint32_t i = 0; i < TABLES && part >= 36; i++) {
		uint32_t at = ROOT_BYTES + i * part, addr = MEM_BASE + at;

		memcpy(m->bytes + 36 + 4 * i, &addr, sizeof(addr));
		if (i == 0 && part >= 148) {
			memcpy(m->bytes + at + 40, &dsdt, sizeof(dsdt));
			memset(m->bytes + at + 140, 0, 8);
		}
		seal(m->bytes + at, names[i], part);
	}
	seal(m->bytes, "RSDT", ROOT_BYTES);
}

static void make_rsdp(uint8_t *rsdp)
{
	uint32_t rsdt = MEM_BASE;

	memset(rsdp, 0, 36);
	memcpy(rsdp, "RSD PTR ", 8);
	memcpy(rsdp + 16, &rsdt, sizeof(rsdt));
	fix_sum(rsdp, 20, 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_memory m = {calloc(1, ROOT_BYTES + size), ROOT_BYTES + size};
	struct acpi_info info;
	struct acpi acpi;
	uint8_t rsdp[36];

	if (size)
		memcpy(m.bytes + ROOT_BYTES, data, size);
	make_tables(&m);
	make_rsdp(rsdp);
	if (acpi_open(&acpi, rsdp, phys, &m) == 0)
		acpi_read_info(&acpi, &info);
	free(m.bytes);
	return 0;
}
