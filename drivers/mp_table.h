/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Intel's MultiProcessor Specification 1.4: where I/O APICs are, on machines from before ACPI. */
#ifndef GATEHOUSE_DRIVERS_MP_TABLE_H
#define GATEHOUSE_DRIVERS_MP_TABLE_H

#include "drivers/acpi.h"

/*
 * Searches the table where the specification (4) has it and adds its CPUs, I/O
 * APICs and ISA lines to *info, which has none. The I/O APICs' global
 * interrupts are 256 apart. False, and *info as it was: there is none, or its
 * checksum is wrong.
 */
bool mp_table_read(struct acpi_info *info, phys_map_fn phys, void *ctx);

#endif
