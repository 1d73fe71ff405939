/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looking at the machine as a whole: what a report of it should contain. */
#include "core/calibrate.h"
#include "core/clock.h"
#include "core/lib.h"
#include "core/log.h"
#include "core/machine.h"
#include "core/monitor.h"
#include "core/monitor_look.h"
#include "core/screen.h"

static void print_memory_map(const struct boot_info *bi)
{
	monitor_print("\nmemory map%s\n", bi->mem_is_partial ? ", with too many ranges" : "");
	for (unsigned i = 0; i < bi->mem_count; i++) {
		const struct boot_mem *m = &bi->mem[i];

		monitor_print("  0x%09llx to 0x%09llx %s\n", m->base, m->base + m->bytes - 1,
			      m->type == BOOT_MEM_USABLE ? "usable" : "reserved");
	}
}

static void print_tables(const struct acpi_info *a)
{
	monitor_print("\nACPI tables:%s\n", a->seen_count ? "" : " none");
	for (unsigned i = 0; i < a->seen_count; i++) {
		const struct acpi_seen *s = &a->seen[i];

		monitor_print("  %s 0x%09llx %6u bytes%s\n", s->signature, s->addr, s->bytes,
			      s->is_whole ? "" : ": broken, not used");
	}
}

static void print_wiring(const struct acpi_info *a)
{
	monitor_print("interrupts by %s: %u CPUs, %u I/O APICs, %s\n",
		      a->has_madt       ? "the MADT"
		      : a->has_mp_table ? "the MP table"
					: "no table",
		      a->cpu_count, a->ioapic_count,
		      a->has_8259 || !a->has_madt ? "8259s" : "no 8259s");
	for (unsigned i = 0; i < a->ioapic_count; i++)
		monitor_print("  I/O APIC %u at 0x%08x, from interrupt %u on\n", a->ioapics[i].id,
			      a->ioapics[i].base, a->ioapics[i].gsi_base);
	for (unsigned i = 0; i < a->override_count; i++) {
		const struct acpi_override *o = &a->overrides[i];

		monitor_print("  line %u is interrupt %u, %s, active %s\n", o->irq, o->gsi,
			      o->is_level ? "level" : "edge", o->is_active_low ? "low" : "high");
	}
}

static void print_power(const struct acpi_info *a)
{
	static const char *const spaces[] = {"memory", "port", "PCI"};

	if (a->has_s5 && a->pm1a_control)
		monitor_print("power off: ports 0x%x and 0x%x, S5 is %u and %u\n", a->pm1a_control,
			      a->pm1b_control, a->s5_type_a, a->s5_type_b);
	else
		monitor_print("power off: %s\n", a->has_fadt ? "no \\_S5 in the DSDT" : "no FADT");
	if (a->reset.address)
		monitor_print("reset: %s 0x%llx, value 0x%x, then ",
			      a->reset.space < ARRAY_SIZE(spaces) ? spaces[a->reset.space]
								  : "unknown",
			      a->reset.address, a->reset_value);
	else
		monitor_print("reset: ");
	monitor_print("keyboard controller, port 0xcf9, triple fault\n");
}

static void print_clocks(void)
{
	static const char *const names[REFERENCES] = {
		[REFERENCE_HPET] = "HPET",
		[REFERENCE_PM_TIMER] = "PM timer",
		[REFERENCE_PIT] = "PIT",
	};
	const struct calibration *c = clock_calibration();

	monitor_print("\nclocks: APIC timer %u kHz;", c->apic_khz);
	for (unsigned i = 0; i < REFERENCES; i++)
		monitor_print(" %s %s%s", names[i],
			      !(c->present >> i & 1) ? "none"
			      : c->right >> i & 1    ? "right"
						     : "wrong",
			      i + 1 < REFERENCES ? "," : "\n");
}

/* Behind the time. */
static bool is_complaint(const char *line)
{
	while (*line && *line != ']')
		line++;
	return !strncmp(line, "] warning: ", 11) || !strncmp(line, "] error: ", 9);
}

static void print_warnings(void)
{
	static char line[400];
	uint32_t at = 0;

	monitor_print("\nwarnings and errors in the log:\n");
	while (log_next_line(&at, line, sizeof(line)))
		if (is_complaint(line))
			monitor_print("%s\n", line);
}

int look_machine(int argc, char **argv)
{
	const struct boot_info *bi = machine_boot;
	char screen[SCREEN_TEXT_BYTES];

	look_version(argc, argv);
	monitor_print("loaded by %s%s\nits words: %s\n\n", bi->loader, bi->is_efi ? ", EFI" : "",
		      bi->cmdline);
	look_cpu(argc, argv);
	print_memory_map(bi);
	print_tables(&machine_acpi);
	print_wiring(&machine_acpi);
	print_power(&machine_acpi);
	print_clocks();
	screen_describe(screen);
	monitor_print("screen: %s\n\n", screen);
	look_interrupts(argc, argv);
	monitor_print("\n");
	look_pci(argc, argv);
	monitor_print("\n");
	look_devices(argc, argv);
	print_warnings();
	return 0;
}
