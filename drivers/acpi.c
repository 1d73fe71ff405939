/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Static ACPI tables: bounded reading of MADT, HPET, FADT and one DSDT package. */
#include "core/errno.h"
#include "core/lib.h"
#include "drivers/acpi.h"

#define RSDP_V1_BYTES   20u /* 5.2.5.3 */
#define RSDP_BYTES      36u
#define RSDP_REVISION   15
#define RSDP_RSDT       16
#define RSDP_LENGTH     20
#define RSDP_XSDT       24
#define RSDP_STEP       16u
#define EBDA_SEGMENT_AT 0x40Eu
#define EBDA_LOWEST     0x400u
#define EBDA_END        0xA0000u
#define EBDA_SEARCHED   1024u
#define BIOS_START      0xE0000u
#define BIOS_END        0x100000u

#define HEADER_BYTES    36u /* 5.2.6 */
#define HEADER_LENGTH   4
#define MAX_TABLE_BYTES MIB(1)
#define MAX_TABLES      256u
#define CHUNK_BYTES     512u

#define MADT_LAPIC    36 /* 5.2.12 */
#define MADT_FLAGS    40
#define MADT_ENTRIES  44u
#define MADT_HAS_8259 0x01
#define CPU_ENABLED   0x01

enum madt_type {
	MADT_CPU = 0,
	MADT_IOAPIC = 1,
	MADT_OVERRIDE = 2,
	MADT_LAPIC_64 = 5,
	MADT_CPU_X2APIC = 9,
};

#define OVERRIDE_POLARITY_MASK 0x3
#define OVERRIDE_ACTIVE_LOW    0x3
#define OVERRIDE_TRIGGER_MASK  0xC
#define OVERRIDE_POLARITY_SAID 0x1 /* 2 is reserved */
#define OVERRIDE_TRIGGER_SAID  0x4
#define OVERRIDE_LEVEL         0xC

#define HPET_ADDRESS 40 /* HPET 1.0a, 3.2.4: a generic address */

#define FADT_DSDT          40 /* 5.2.9 */
#define FADT_SMI_COMMAND   48
#define FADT_ENABLE        52
#define FADT_PM1A_CONTROL  64
#define FADT_PM1B_CONTROL  68
#define FADT_PM_TIMER      76
#define FADT_PM_TIMER_LEN  91
#define FADT_CENTURY       108
#define FADT_FLAGS         112
#define FADT_RESET         116
#define FADT_RESET_VALUE   128
#define FADT_X_DSDT        140
#define FADT_X_PM1A        172
#define FADT_X_PM1B        184
#define FADT_X_PM_TIMER    208
#define FADT_V1_BYTES      116u
#define FADT_MAX_BYTES     220u
#define FADT_FLAG_RESET    (1u << 10)
#define GAS_BYTES          12u /* 5.2.3.2 */
#define GAS_ADDRESS        4
#define AML_NAME_OP        0x08 /* 20.2 */
#define AML_ROOT           '\\'
#define AML_PACKAGE_OP     0x12
#define AML_ZERO_OP        0x00
#define AML_ONE_OP         0x01
#define AML_BYTE_PREFIX    0x0A
#define S5_BYTES           24u /* \ _S5_ package, length, count, two bytes: at most 15 */
#define PM1_SLEEP_TYPE_MAX 7

/* x86 reads unaligned and little-endian, as the tables are. */
static uint16_t get16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint32_t get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint64_t get64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static bool read_phys(const struct acpi *acpi, void *dst, uint64_t addr, size_t len)
{
	const void *src;

	if (addr + len < addr)
		return false;
	src = acpi->phys(acpi->ctx, addr, len);
	if (!src)
		return false;
	memcpy(dst, src, len);
	return true;
}

static uint8_t sum(const uint8_t *p, size_t len)
{
	uint8_t total = 0;

	for (size_t i = 0; i < len; i++)
		total = (uint8_t)(total + p[i]);
	return total;
}

static bool table_sums_to_zero(const struct acpi *acpi, const struct acpi_table *t)
{
	uint8_t chunk[CHUNK_BYTES];
	uint8_t total = 0;

	for (uint32_t at = 0; at < t->bytes; at += CHUNK_BYTES) {
		uint32_t len = MIN(CHUNK_BYTES, t->bytes - at);

		if (!read_phys(acpi, chunk, t->addr + at, len))
			return false;
		total = (uint8_t)(total + sum(chunk, len));
	}
	return total == 0;
}

/* Is there a whole table with this signature at addr? */
static bool check_table(const struct acpi *acpi, uint64_t addr, const char *signature,
			struct acpi_table *t)
{
	uint8_t header[HEADER_BYTES];

	if (addr == 0 || !read_phys(acpi, header, addr, sizeof(header)))
		return false;
	if (memcmp(header, signature, 4) != 0)
		return false;
	t->addr = addr;
	t->bytes = get32(header + HEADER_LENGTH);
	if (t->bytes < HEADER_BYTES || t->bytes > MAX_TABLE_BYTES || addr + t->bytes < addr)
		return false;
	return table_sums_to_zero(acpi, t);
}

static bool is_rsdp(const uint8_t *rsdp)
{
	return memcmp(rsdp, "RSD PTR ", 8) == 0 && sum(rsdp, RSDP_V1_BYTES) == 0;
}

static bool use_root(struct acpi *acpi, uint64_t addr, const char *signature, unsigned bytes)
{
	struct acpi_table t;

	if (!check_table(acpi, addr, signature, &t))
		return false;
	acpi->root = t.addr;
	acpi->root_bytes = t.bytes;
	acpi->pointer_bytes = bytes;
	return true;
}

/* The XSDT is preferred, but a broken one is no reason to do without tables. */
static bool open_rsdp(struct acpi *acpi, const uint8_t *rsdp)
{
	if (!is_rsdp(rsdp))
		return false;
	if (rsdp[RSDP_REVISION] >= 2 && get32(rsdp + RSDP_LENGTH) >= RSDP_BYTES &&
	    sum(rsdp, RSDP_BYTES) == 0 && use_root(acpi, get64(rsdp + RSDP_XSDT), "XSDT", 8))
		return true;
	return use_root(acpi, get32(rsdp + RSDP_RSDT), "RSDT", 4);
}

static bool search_rsdp(struct acpi *acpi, uint32_t start, uint32_t end)
{
	uint8_t rsdp[RSDP_BYTES];

	for (uint32_t at = start; at + RSDP_V1_BYTES <= end; at += RSDP_STEP) {
		memset(rsdp, 0, sizeof(rsdp));
		if (!read_phys(acpi, rsdp, at, RSDP_V1_BYTES) || !is_rsdp(rsdp))
			continue;
		if (!read_phys(acpi, rsdp, at, RSDP_BYTES))
			rsdp[RSDP_REVISION] = 0;
		if (open_rsdp(acpi, rsdp))
			return true;
	}
	return false;
}

static bool search_ebda(struct acpi *acpi)
{
	uint8_t segment[2];
	uint32_t base;

	if (!read_phys(acpi, segment, EBDA_SEGMENT_AT, sizeof(segment)))
		return false;
	base = (uint32_t)get16(segment) << 4;
	if (base < EBDA_LOWEST || base > EBDA_END - EBDA_SEARCHED)
		return false;
	return search_rsdp(acpi, base, base + EBDA_SEARCHED);
}

int acpi_open(struct acpi *acpi, const uint8_t *rsdp, phys_map_fn phys, void *ctx)
{
	*acpi = (struct acpi){.phys = phys, .ctx = ctx};
	if (rsdp && open_rsdp(acpi, rsdp))
		return 0;
	if (search_ebda(acpi) || search_rsdp(acpi, BIOS_START, BIOS_END))
		return 0;
	return -ENOENT;
}

/* The root's pointer number i; false behind the last. */
static bool read_pointer(const struct acpi *acpi, unsigned i, uint64_t *addr)
{
	unsigned count = MIN((acpi->root_bytes - HEADER_BYTES) / acpi->pointer_bytes, MAX_TABLES);
	uint64_t at = acpi->root + HEADER_BYTES + (uint64_t)i * acpi->pointer_bytes;

	*addr = 0;
	return i < count && read_phys(acpi, addr, at, acpi->pointer_bytes);
}

bool acpi_find(const struct acpi *acpi, const char *signature, struct acpi_table *table)
{
	uint64_t addr;

	for (unsigned i = 0; read_pointer(acpi, i, &addr); i++)
		if (check_table(acpi, addr, signature, table))
			return true;
	return false;
}

static void see(const struct acpi *acpi, struct acpi_seen *seen, uint64_t addr)
{
	uint8_t header[HEADER_BYTES];
	struct acpi_table unused;

	*seen = (struct acpi_seen){.addr = addr, .signature = "?"};
	if (!read_phys(acpi, header, addr, sizeof(header)))
		return;
	seen->bytes = get32(header + HEADER_LENGTH);
	seen->is_whole = check_table(acpi, addr, (const char *)header, &unused);
	for (unsigned i = 0; i < 4; i++)
		seen->signature[i] = header[i] > ' ' && header[i] <= '~' ? (char)header[i] : '?';
}

static void see_all(const struct acpi *acpi, struct acpi_info *info)
{
	uint64_t addr;

	for (unsigned i = 0; i < ACPI_MAX_SEEN && read_pointer(acpi, i, &addr); i++)
		see(acpi, &info->seen[info->seen_count++], addr);
}

void acpi_add_cpu(struct acpi_info *info, uint32_t apic_id)
{
	if (info->cpu_count < ACPI_MAX_CPUS)
		info->cpu_apic_ids[info->cpu_count] = apic_id;
	info->cpu_count++;
}

void acpi_add_ioapic(struct acpi_info *info, uint8_t id, hpa_t base, uint32_t gsi_base)
{
	if (info->ioapic_count == ACPI_MAX_IOAPICS)
		return;
	info->ioapics[info->ioapic_count++] =
		(struct acpi_ioapic){.id = id, .base = base, .gsi_base = gsi_base};
}

void acpi_add_override(struct acpi_info *info, uint8_t irq, uint32_t gsi, uint16_t flags)
{
	if (irq > 15 || info->override_count == ACPI_MAX_OVERRIDES)
		return;
	info->overrides[info->override_count++] = (struct acpi_override){
		.irq = irq,
		.gsi = gsi,
		.says_trigger = flags & OVERRIDE_TRIGGER_SAID,
		.is_level = (flags & OVERRIDE_TRIGGER_MASK) == OVERRIDE_LEVEL,
		.says_polarity = flags & OVERRIDE_POLARITY_SAID,
		.is_active_low = (flags & OVERRIDE_POLARITY_MASK) == OVERRIDE_ACTIVE_LOW,
	};
}

/* One MADT entry of e[1] bytes, the rest of the buffer is 0. */
static void take_madt_entry(struct acpi_info *info, const uint8_t *e)
{
	uint8_t len = e[1];

	if (e[0] == MADT_CPU && len >= 8 && get32(e + 4) & CPU_ENABLED)
		acpi_add_cpu(info, e[3]);
	else if (e[0] == MADT_CPU_X2APIC && len >= 16 && get32(e + 8) & CPU_ENABLED)
		acpi_add_cpu(info, get32(e + 4));
	else if (e[0] == MADT_IOAPIC && len >= 12)
		acpi_add_ioapic(info, e[2], get32(e + 4), get32(e + 8));
	else if (e[0] == MADT_OVERRIDE && len >= 10 && e[2] == 0)
		acpi_add_override(info, e[3], get32(e + 4), get16(e + 8));
	else if (e[0] == MADT_LAPIC_64 && len >= 12 && get64(e + 4) <= UINT32_MAX)
		info->lapic_base = get32(e + 4);
}

static void read_madt(const struct acpi *acpi, struct acpi_info *info)
{
	uint8_t head[MADT_ENTRIES], e[16];
	struct acpi_table t;

	if (!acpi_find(acpi, "APIC", &t) || t.bytes < MADT_ENTRIES ||
	    !read_phys(acpi, head, t.addr, sizeof(head)))
		return;
	info->has_madt = true;
	info->lapic_base = get32(head + MADT_LAPIC);
	info->has_8259 = get32(head + MADT_FLAGS) & MADT_HAS_8259;
	for (uint32_t at = MADT_ENTRIES; t.bytes - at >= 2; at += e[1]) {
		if (!read_phys(acpi, e, t.addr + at, 2) || e[1] < 2 || e[1] > t.bytes - at)
			return;
		if (read_phys(acpi, e, t.addr + at, MIN((size_t)e[1], sizeof(e))))
			take_madt_entry(info, e);
	}
}

static struct acpi_register get_register(const uint8_t *gas)
{
	return (struct acpi_register){.space = gas[0], .address = get64(gas + GAS_ADDRESS)};
}

static void read_hpet(const struct acpi *acpi, struct acpi_info *info)
{
	struct acpi_register reg;
	uint8_t gas[GAS_BYTES];
	struct acpi_table t;

	if (!acpi_find(acpi, "HPET", &t) || t.bytes < HPET_ADDRESS + GAS_BYTES ||
	    !read_phys(acpi, gas, t.addr + HPET_ADDRESS, sizeof(gas)))
		return;
	reg = get_register(gas);
	if (reg.space == ACPI_SPACE_MEMORY && reg.address <= UINT32_MAX - PAGE_SIZE)
		info->hpet_base = (hpa_t)reg.address;
}

/* The extended field wins if it is there and is a port; fadt is zero-filled behind its end. */
static uint16_t get_port(const uint8_t *fadt, unsigned plain, unsigned extended)
{
	struct acpi_register x = get_register(fadt + extended);
	uint32_t port = get32(fadt + plain);

	if (x.space == ACPI_SPACE_IO && x.address > 0 && x.address <= UINT16_MAX)
		return (uint16_t)x.address;
	return port <= UINT16_MAX ? (uint16_t)port : 0;
}

/* 20.2.5.4: an integer below 256 at p; how many bytes it takes, 0 if it is none. */
static unsigned get_aml_byte(const uint8_t *p, uint8_t *value)
{
	*value = p[0] == AML_BYTE_PREFIX ? p[1] : p[0];
	if (p[0] == AML_BYTE_PREFIX)
		return 2;
	return p[0] == AML_ZERO_OP || p[0] == AML_ONE_OP ? 1 : 0;
}

/*
 * 20.2.5.1, 7.4.2: Name (_S5_, Package (n) {a, b, ...}) at p, S5_BYTES long and
 * zero-filled. A package of one element is how old tables say "a for both".
 */
static bool take_s5(struct acpi_info *info, const uint8_t *p)
{
	uint8_t a, b;
	unsigned len;

	if (*p++ != AML_NAME_OP)
		return false;
	p += *p == AML_ROOT;
	if (memcmp(p, "_S5_", 4) != 0 || p[4] != AML_PACKAGE_OP)
		return false;
	p += 5;
	p += 1 + (*p >> 6); /* 20.2.4: the top bits count further length bytes */
	if (*p == 0)
		return false;
	b = *p++;
	len = get_aml_byte(p, &a);
	if (len == 0)
		return false;
	if (b == 1)
		b = a;
	else if (get_aml_byte(p + len, &b) == 0)
		return false;
	if (a > PM1_SLEEP_TYPE_MAX || b > PM1_SLEEP_TYPE_MAX)
		return false;
	info->s5_type_a = a;
	info->s5_type_b = b;
	return true;
}

/* Looks for the bytes, since AML is not interpreted. Windows overlap by S5_BYTES. */
static void read_s5(const struct acpi *acpi, struct acpi_info *info, const struct acpi_table *dsdt)
{
	uint8_t window[CHUNK_BYTES + S5_BYTES];

	for (uint32_t at = HEADER_BYTES; at < dsdt->bytes; at += CHUNK_BYTES) {
		memset(window, 0, sizeof(window));
		if (!read_phys(acpi, window, dsdt->addr + at,
			       MIN(sizeof(window), dsdt->bytes - at)))
			return;
		for (unsigned i = 0; i < CHUNK_BYTES && !info->has_s5; i++)
			info->has_s5 = take_s5(info, window + i);
	}
}

static void take_fadt(struct acpi_info *info, const uint8_t *fadt)
{
	info->has_fadt = true;
	info->century = fadt[FADT_CENTURY];
	if (get32(fadt + FADT_SMI_COMMAND) <= UINT16_MAX)
		info->smi_command = get16(fadt + FADT_SMI_COMMAND);
	info->enable_command = fadt[FADT_ENABLE];
	info->pm1a_control = get_port(fadt, FADT_PM1A_CONTROL, FADT_X_PM1A);
	info->pm1b_control = get_port(fadt, FADT_PM1B_CONTROL, FADT_X_PM1B);
	if (fadt[FADT_PM_TIMER_LEN] == 4)
		info->pm_timer = get_port(fadt, FADT_PM_TIMER, FADT_X_PM_TIMER);
	if (get32(fadt + FADT_FLAGS) & FADT_FLAG_RESET) {
		info->reset = get_register(fadt + FADT_RESET);
		info->reset_value = fadt[FADT_RESET_VALUE];
	}
}

static void read_fadt(const struct acpi *acpi, struct acpi_info *info)
{
	uint8_t fadt[FADT_MAX_BYTES] = {0};
	struct acpi_table t, dsdt;

	if (!acpi_find(acpi, "FACP", &t) || t.bytes < FADT_V1_BYTES ||
	    !read_phys(acpi, fadt, t.addr, MIN(sizeof(fadt), t.bytes)))
		return;
	take_fadt(info, fadt);
	if (check_table(acpi, get64(fadt + FADT_X_DSDT), "DSDT", &dsdt) ||
	    check_table(acpi, get32(fadt + FADT_DSDT), "DSDT", &dsdt))
		read_s5(acpi, info, &dsdt);
}

void acpi_read_info(const struct acpi *acpi, struct acpi_info *info)
{
	memset(info, 0, sizeof(*info));
	see_all(acpi, info);
	read_madt(acpi, info);
	read_hpet(acpi, info);
	read_fadt(acpi, info);
}
