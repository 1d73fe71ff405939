/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Turning the machine off and starting it again. */
#ifndef GATEHOUSE_DRIVERS_POWER_H
#define GATEHOUSE_DRIVERS_POWER_H

#include "drivers/acpi.h"

/*
 * Enters S5 through the PM1 control registers, in ACPI mode (ACPI 6.4, 4.8.3.2
 * and 7.4.2). Interrupts off. Returns if the tables do not say how, or if it
 * had no effect.
 */
void acpi_power_off(const struct acpi_info *info);

/*
 * The ACPI reset register (4.8.3.6; ports and PCI configuration, not memory:
 * it may not be mapped), then the keyboard controller, then port 0xCF9.
 * info may be NULL. Returns if nothing had an effect.
 */
void acpi_reset(const struct acpi_info *info);

#endif
