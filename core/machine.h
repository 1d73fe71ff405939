/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine as a whole: what it is, and how it ends. */
#ifndef GATEHOUSE_CORE_MACHINE_H
#define GATEHOUSE_CORE_MACHINE_H

#include "arch/x86/cpu.h"
#include "boot/boot_info.h"
#include "core/util.h"
#include "drivers/acpi.h"

/* What it has, read once at boot. */
extern const struct boot_info *machine_boot;
extern struct cpu_features machine_cpu;
extern struct acpi_info machine_acpi;

/* How a run under `test` ended, told to QEMU's isa-debug-exit at 0xF4: exit status 2 * code + 1. */
enum test_exit { TEST_EXIT_CLEAN = 0x21, TEST_EXIT_GUEST_DIED = 0x22, TEST_EXIT_BROKEN = 0x2F };

/* Under `test`: remembers the worst outcome seen, which machine_power_off() reports. */
void machine_note(enum test_exit outcome);
void machine_set_test(bool is_test);
bool machine_is_test(void);

/* Under `test`: how long interrupts were off at most, for the last lines of the log. */
void machine_note_latency(uint32_t ns);

NORETURN void machine_power_off(void);
NORETURN void machine_reboot(void);

#endif
