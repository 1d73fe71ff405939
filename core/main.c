/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bringing the machine up, in order. */
#include "core/main.h"

#include "arch/x86/apic.h"
#include "arch/x86/cpu.h"
#include "arch/x86/interrupts.h"
#include "arch/x86/paging.h"
#include "arch/x86/quirks.h"
#include "arch/x86/stack.h"
#include "arch/x86/switcher.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/console.h"
#include "core/crash.h"
#include "core/cpu.h"
#include "core/disks.h"
#include "core/frames.h"
#include "core/gdb.h"
#include "core/guest.h"
#include "core/host_devices.h"
#include "core/keyboard.h"
#include "core/lib.h"
#include "core/log.h"
#include "core/machine.h"
#include "core/networks.h"
#include "core/nmi_watchdog.h"
#include "core/panic.h"
#include "core/random.h"
#include "core/sched.h"
#include "core/screen.h"
#include "core/serial.h"
#include "core/trace_dump.h"
#include "core/version.h"
#include "drivers/mp_table.h"

struct config host_config;
struct cpu boot_cpu;

static struct entry_page boot_entry ALIGNED(4096); /* while no guest is loaded */
static struct state_page boot_state ALIGNED(4096);

static void complain(void *ctx, const char *message)
{
	(void)ctx;
	log_error("config: %s", message);
}

static void keep_log(const struct boot_info *bi)
{
	struct log_ring *kept = memory_kept(bi, sizeof(*kept));

	if (kept)
		log_keep(kept, !host_config.hides_previous);
}

/* Where complaints go is in the configuration itself, so it is read twice. */
static void say_nothing(void *ctx, const char *message)
{
	(void)ctx;
	(void)message;
}

static void check_cpu(struct cpu_features *f)
{
	const char *missing = cpu_features_read(f);

	log_info("cpu: %s%s%s, family %u model %u stepping %u, microcode 0x%x%s%s", f->vendor,
		 f->brand[0] ? ", " : "", f->brand, f->family, f->model, f->stepping, f->microcode,
		 f->nx ? ", NX" : "", f->tsc_deadline ? ", TSC deadline" : "");
	for (unsigned i = 0; i < QUIRKS; i++)
		if (f->quirks >> i & 1)
			log_info("cpu: %s", cpu_quirk_text(i));
	if (!missing)
		return;
	log_error("this CPU lacks %s, which Gatehouse needs; halted", missing);
	console_flush();
	cpu_halt();
}

/* While paging is off every address below 4 GiB can be read. */
static const void *physical(void *ctx, uint64_t address, size_t bytes)
{
	(void)ctx;
	if (address + bytes > GIB(4))
		return NULL;
	return (const void *)(uintptr_t)address;
}

static void read_acpi(const struct boot_info *bi)
{
	struct acpi acpi;

	if (acpi_open(&acpi, bi->has_rsdp ? bi->rsdp : NULL, physical, NULL) == 0)
		acpi_read_info(&acpi, &machine_acpi);
	else
		log_info("acpi: no tables");
	if (!machine_acpi.has_madt && mp_table_read(&machine_acpi, physical, NULL))
		log_info("interrupts: %u I/O APICs by the MP table", machine_acpi.ioapic_count);
}

static void setup_memory(const struct boot_info *bi, const struct cpu_features *f)
{
	uint32_t top;

	if (memory_init(bi) != 0)
		panic("no usable RAM below 3 GiB: %u entries in the loader's memory map",
		      bi->mem_count);
	top = host_frames.count << PAGE_SHIFT;
	log_info("memory: %u MiB free below 3 GiB, %u KiB modules, %u KiB own",
		 host_frames.held[FRAME_FREE] / 256, host_frames.held[FRAME_MODULE] * 4,
		 host_frames.held[FRAME_HOST] * 4);
	paging_init(top, f, &boot_entry, &boot_state);
	screen_map();
	host_tables_init();
	vcpu_slot_init(&boot_cpu.slot, 0, &boot_entry, &boot_state);
}

static void setup_time(const struct cpu_features *f)
{
	apic_init(f);
	interrupts_init(&machine_acpi, host_config.ioapic);
	timerq_init(&boot_cpu.timers);
	boot_cpu.armed_ns = boot_cpu.armed_tsc = TIMER_NEVER;
	clock_init(&machine_acpi);
	sched_init(&boot_cpu);
	serial_wire_interrupts();
	screen_start();
	if (host_config.keyboard == CONFIG_KEYBOARD_ON ||
	    (host_config.keyboard == CONFIG_KEYBOARD_AUTO && screen_is_there()))
		keyboard_init();
}

/* Real devices are left alone unless a guest's disk= or an uplink= is for them. */
static bool needs_host_devices(const struct config *cfg)
{
	for (unsigned i = 0; i < cfg->guest_count; i++)
		for (unsigned n = 0; n < cfg->guests[i].disk_count; n++)
			if (!strncmp(cfg->guests[i].disks[n].name, "hd", 2))
				return true;
	return cfg->uplink_count > 0 || cfg->all_disks;
}

static void setup_devices(const struct config *cfg)
{
	random_init();
	if (needs_host_devices(cfg))
		host_devices_init();
	disks_init(cfg);
	networks_init(cfg);
}

NORETURN void gatehouse_main(struct boot_info *bi)
{
	stack_paint();
	machine_boot = bi;
	config_parse(&host_config, bi, say_nothing, NULL);
	if (host_config.vga)
		screen_init(bi);
	console_init(&host_config);
	config_parse(&host_config, bi, complain, NULL);
	log_set_level(host_config.log_level);
	machine_set_test(host_config.test);
	log_info("Gatehouse " GATEHOUSE_VERSION ", loaded by %s", bi->loader);
	keep_log(bi);
	check_cpu(&machine_cpu);
	read_acpi(bi);
	setup_memory(bi, &machine_cpu);
	cpu_setup(&machine_cpu);
	fpu_init(&machine_cpu);
	setup_time(&machine_cpu);
	setup_devices(&host_config);
	if (host_config.on_nmi == CONFIG_NMI_PANIC)
		interrupts_panic_on_nmi();
	crash_on_purpose(host_config.crash);
	trace_at_start(&host_config.trace);
	guests_create(&host_config, &boot_cpu);
	gdb_init(&host_config);
	nmi_watchdog_start(host_config.nmi_watchdog_s);
	main_loop(&boot_cpu);
}
