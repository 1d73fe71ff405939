/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end: registers, backtrace, the last log lines. */
#include "core/panic.h"

#include "arch/x86/image_layout.h"
#include "arch/x86/interrupts.h"
#include "arch/x86/regs.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/console.h"
#include "core/cpu.h"
#include "core/guest.h"
#include "core/lib.h"
#include "core/log.h"
#include "core/machine.h"
#include "core/nmi_watchdog.h"
#include "core/symbols.h"
#include "arch/x86/cpu.h"
#include "drivers/power.h"

#define BACKTRACE_MAX 24
#define LOG_TAIL      1500
#define END_S         60u /* more than telling a panic takes at 1200 baud */

extern struct config host_config;
static unsigned depth;          /* of panics within each other */
static char tail[LOG_TAIL + 1]; /* the log as it was before the panic's own lines */

static void show_address(uint32_t eip)
{
	uint32_t offset;
	const char *name = symbol_find(eip, &offset);

	log_error("    0x%08x %s+0x%x", eip, name, offset);
}

static bool is_host_data(uint32_t address)
{
	return address >= (uint32_t)(uintptr_t)__data_start &&
	       address < (uint32_t)(uintptr_t)__data_end - 8 && !(address & 3);
}

/* Frames chained by ebp; nothing is followed out of our own data. */
static void backtrace(uint32_t ebp)
{
	log_error("backtrace:");
	for (int i = 0; i < BACKTRACE_MAX && is_host_data(ebp); i++) {
		const uint32_t *frame = (const uint32_t *)(uintptr_t)ebp;

		if (!frame[1])
			break;
		show_address(frame[1] - 1); /* within the call, not behind it */
		if (frame[0] <= ebp)
			break;
		ebp = frame[0];
	}
}

static const char *name_of(unsigned id)
{
	return id < guest_count && guests[id] ? guest_name(guests[id]) : "?";
}

/* What the CPU was at: all of it ours, nothing of a guest's is followed. */
static void show_history(void (*out)(const char *line))
{
	struct exit_record exits[HISTORY_SHOWN];
	unsigned count = history_exits(&boot_cpu.history, HISTORY_ANYONE, exits);
	const struct guest *g = boot_cpu.current;
	char line[100], what[20];

	for (unsigned i = 0; i < guest_count; i++) {
		snprintf(line, sizeof(line), "    guest \"%s\": %s", name_of(i),
			 guest_state_name(guests[i]->state));
		out(line);
	}
	snprintf(line, sizeof(line), "CPU 0: current guest: %s%s; last exits, oldest first:",
		 g ? name_of(g->id) : "none", boot_cpu.slot.loaded ? ", loaded" : "");
	out(line);
	for (unsigned i = 0; i < count; i++) {
		history_trap_name(exits[i].trap, what, sizeof(what));
		snprintf(line, sizeof(line), "    %s: %s at 0x%08x", name_of(exits[i].guest), what,
			 exits[i].eip);
		out(line);
	}
}

void panic_show_cpu(uint32_t eip, void (*out)(const char *line))
{
	char line[100];
	uint32_t offset;
	const char *name = symbol_find(eip, &offset);

	snprintf(line, sizeof(line), "at 0x%08x %s+0x%x", eip, name, offset);
	if (eip)
		out(line);
	show_history(out);
}

/* The log as it was, debug lines and all: whoever looks may see only this screen. */
static void show_log_tail(void)
{
	char *line = strchr(tail, '\n');

	console_line("last log lines:");
	while (line && *++line) {
		char *next = strchr(line, '\n');

		if (next)
			*next = 0;
		console_line(line);
		line = next;
	}
}

static void show_error(const char *line)
{
	log_error("%s", line);
}

/* Somebody may want to read the screen first. The clock may be what broke, or not run yet. */
static void wait(uint32_t seconds)
{
	uint64_t until = clock_now_ns() + seconds * (uint64_t)NSEC_PER_SEC;

	if (!seconds || !clock_tsc_khz())
		return;
	log_error("waiting %u s (on-panic=)", seconds);
	console_flush();
	nmi_watchdog_allow(seconds + END_S);
	while (clock_now_ns() < until)
		cpu_relax();
}

static NORETURN void end(void)
{
	machine_note(TEST_EXIT_BROKEN);
	console_flush();
	if (!host_config.test && depth == 1)
		wait(host_config.on_panic.wait_s);
	if (host_config.on_panic.end == CONFIG_PANIC_REBOOT)
		machine_reboot();
	if (host_config.test || host_config.on_panic.end == CONFIG_PANIC_POWEROFF)
		machine_power_off();
	log_error("halted; reset the machine (on-panic=reboot does it by itself)");
	console_flush();
	nmi_watchdog_stop();
	cpu_halt();
}

static NORETURN void tell_more_and_end(void)
{
	show_history(show_error);
	show_log_tail();
	end();
}

/* Telling and ending broke, too: what needs least. */
static NORETURN void give_up(void)
{
	if (host_config.on_panic.end == CONFIG_PANIC_REBOOT)
		acpi_reset(&machine_acpi);
	cpu_halt();
}

static void begin(const char *fmt, va_list ap)
{
	char message[256];

	if (++depth > 2)
		give_up();
	interrupts_unblock_nmi(); /* the watchdog's, should this hang */
	nmi_watchdog_allow(END_S);
	vsnprintf(message, sizeof(message), fmt, ap);
	if (depth == 2) {
		log_error("panic while one was told: %s", message);
		end();
	}
	tail[log_read_tail(tail, LOG_TAIL)] = 0;
	console_flush(); /* there is room for every line now */
	log_error("panic: %s", message);
}

NORETURN void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	begin(fmt, ap);
	va_end(ap);
	backtrace((uint32_t)(uintptr_t)__builtin_frame_address(0));
	tell_more_and_end();
}

NORETURN void panic_trap(const struct regs *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	begin(fmt, ap);
	va_end(ap);
	log_error("eax %08x ebx %08x ecx %08x edx %08x esi %08x edi %08x ebp %08x", r->eax, r->ebx,
		  r->ecx, r->edx, r->esi, r->edi, r->ebp);
	log_error("eip %08x cs %04x eflags %08x cr2 %08x cr3 %08x", r->eip, r->cs & 0xFFFF,
		  r->eflags, read_cr2(), read_cr3());
	show_address(r->eip);
	backtrace(r->ebp);
	tell_more_and_end();
}
