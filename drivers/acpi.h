/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Static ACPI tables: where the interrupt controllers, the HPET and the power switch are. */
#ifndef GATEHOUSE_DRIVERS_ACPI_H
#define GATEHOUSE_DRIVERS_ACPI_H

#include "core/types.h"

#define ACPI_MAX_CPUS      32
#define ACPI_MAX_IOAPICS   8
#define ACPI_MAX_OVERRIDES 16
#define ACPI_MAX_SEEN      32

/*
 * The bytes at physical addresses [addr, addr + len), or NULL when they cannot
 * be read; len is at most 4096. The pointer need only stay valid until the
 * next call. (The same type as in boot/multiboot1.h.)
 */
typedef const void *(*phys_map_fn)(void *ctx, uint64_t addr, size_t len);

struct acpi_ioapic {
	hpa_t base;
	uint32_t gsi_base;
	uint8_t id;
};

/* ISA interrupt `irq` arrives at `gsi` (ACPI 6.4, 5.2.12.5). */
struct acpi_override {
	uint32_t gsi;
	uint8_t irq;
	bool says_trigger; /* else the bus's custom, and is_level is false */
	bool is_level;
	bool says_polarity; /* likewise */
	bool is_active_low;
};

enum acpi_space { ACPI_SPACE_MEMORY = 0, ACPI_SPACE_IO = 1, ACPI_SPACE_PCI = 2 };

struct acpi_register {
	uint64_t address; /* 0: none */
	uint8_t space;    /* enum acpi_space, or another number */
};

/* A table that the root names, whether it is used or not. */
struct acpi_seen {
	char signature[5];
	bool is_whole; /* length and checksum are right */
	uint64_t addr;
	uint32_t bytes; /* as it says; 0: it cannot be read */
};

struct acpi_info {
	unsigned seen_count;
	struct acpi_seen seen[ACPI_MAX_SEEN];

	bool has_madt;
	bool has_mp_table; /* in its stead: mp_table.h */
	bool has_imcr; /* a switch that leads interrupts past the local APIC (MPS 1.4, 3.6.2.1) */
	hpa_t lapic_base;   /* 0: not said */
	unsigned cpu_count; /* enabled processors, also those beyond ACPI_MAX_CPUS */
	uint32_t cpu_apic_ids[ACPI_MAX_CPUS];
	bool has_8259;
	unsigned ioapic_count;
	struct acpi_ioapic ioapics[ACPI_MAX_IOAPICS];
	unsigned override_count;
	struct acpi_override overrides[ACPI_MAX_OVERRIDES];

	hpa_t hpet_base; /* 0: none */

	bool has_fadt;
	uint8_t century;        /* CMOS index for rtc_read(); 0: none */
	uint16_t smi_command;   /* port; 0: ACPI mode cannot be switched */
	uint8_t enable_command; /* what to write there */
	uint16_t pm1a_control;  /* ports; 0: none */
	uint16_t pm1b_control;
	uint16_t pm_timer; /* likewise */
	bool has_s5;       /* the sleep types of "off" are known */
	uint8_t s5_type_a;
	uint8_t s5_type_b;
	struct acpi_register reset;
	uint8_t reset_value;
};

/* An opened set of tables. */
struct acpi {
	phys_map_fn phys;
	void *ctx;
	uint64_t root; /* of a valid RSDT or XSDT */
	uint32_t root_bytes;
	unsigned pointer_bytes; /* 4 or 8 */
};

struct acpi_table {
	uint64_t addr;
	uint32_t bytes; /* with the 36-byte header */
};

/*
 * rsdp is the 36-byte copy the loader gave, or NULL: then the first KiB of the
 * EBDA and 0xE0000-0xFFFFF are searched (ACPI 6.4, 5.2.5.1). -ENOENT when
 * there is no valid RSDP and root table.
 */
int acpi_open(struct acpi *acpi, const uint8_t *rsdp, phys_map_fn phys, void *ctx);

/*
 * The first table with this signature (4 characters), a length of at most
 * 1 MiB and a right checksum. False: none.
 */
bool acpi_find(const struct acpi *acpi, const char *signature, struct acpi_table *table);

/* Fills *info from whatever tables there are; what is absent or absurd stays 0. */
void acpi_read_info(const struct acpi *acpi, struct acpi_info *info);

/* What a MADT says, said by somebody else; more than fit are left out. flags: its MPS INTI flags.
 */
void acpi_add_cpu(struct acpi_info *info, uint32_t apic_id);
void acpi_add_ioapic(struct acpi_info *info, uint8_t id, hpa_t base, uint32_t gsi_base);
void acpi_add_override(struct acpi_info *info, uint8_t irq, uint32_t gsi, uint16_t flags);

#endif
