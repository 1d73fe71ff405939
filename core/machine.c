/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machine as a whole: how it ends. */
#include "core/machine.h"

#include "arch/x86/cpu.h"
#include "arch/x86/io.h"
#include "core/console.h"
#include "core/host_devices.h"
#include "core/latency.h"
#include "core/log.h"
#include "core/nmi_watchdog.h"
#include "core/trace_dump.h"
#include "drivers/power.h"

#define DEBUG_EXIT_PORT 0xF4

const struct boot_info *machine_boot;
struct cpu_features machine_cpu;
struct acpi_info machine_acpi;
static bool test_mode;
static uint32_t latency_ns;
static enum test_exit worst = TEST_EXIT_CLEAN;

void machine_set_test(bool is_test)
{
	test_mode = latency_is_measured = is_test;
}

bool machine_is_test(void)
{
	return test_mode;
}

void machine_note(enum test_exit outcome)
{
	if (outcome > worst)
		worst = outcome;
}

void machine_note_latency(uint32_t ns)
{
	latency_ns = ns;
}

static void tell_test_runner(void)
{
	nmi_watchdog_stop();
	console_finish(); /* what follows must be seen */
	trace_at_end();
	console_flush();
	if (!test_mode)
		return;
	log_info("test: interrupts off for at most %u ns", latency_ns);
	log_info("test: exit code 0x%x", worst);
	console_flush();
	outl(DEBUG_EXIT_PORT, worst);
}

NORETURN void machine_power_off(void)
{
	tell_test_runner();
	host_devices_stop();
	log_info("powering off");
	console_flush();
	acpi_power_off(&machine_acpi);
	log_warn("this machine does not power off by ACPI; it is safe to switch it off");
	console_flush();
	cpu_halt();
}

NORETURN void machine_reboot(void)
{
	tell_test_runner();
	host_devices_stop();
	log_info("rebooting");
	console_flush();
	cpu_write_back(); /* the log's last lines: the reset empties the caches */
	acpi_reset(&machine_acpi);
	cpu_triple_fault();
}
