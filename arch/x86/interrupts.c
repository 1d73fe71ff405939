/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Real interrupts: acknowledged here, acted upon by the main loop. */
#include "arch/x86/interrupts.h"

#include "arch/x86/apic.h"
#include "arch/x86/io.h"
#include "arch/x86/regs.h"
#include "core/errno.h"
#include "core/log.h"
#include "core/panic.h"
#include "core/trace.h"
#include "core/util.h"
#include "drivers/ioapic.h"
#include "drivers/pic8259.h"

/* MPS 1.4, 3.6.2.1 */
#define IMCR_INDEX_PORT 0x22
#define IMCR_DATA_PORT  0x23
#define IMCR_INDEX      0x70
#define IMCR_BY_APIC    0x01

#define CASCADE_LINE    2u
#define MESSAGE_ADDRESS 0xFEE00000u /* SDM 3A 10.11.1 */
#define MESSAGE_DEST    12

enum source_kind { SOURCE_8259, SOURCE_IOAPIC, SOURCE_MESSAGE };

struct source {
	enum source_kind kind;
	uint32_t input; /* line of the 8259s, or global system interrupt */
	bool is_level;
	bool is_stuck;
	bool is_on_trial;     /* it was stuck; what it does now is watched */
	uint16_t unexplained; /* in a row */
	uint32_t arrived;
};

_Static_assert(VECTOR_SOURCE + INTERRUPT_SOURCES <= VECTOR_LAPIC_TIMER, "a vector each");
_Static_assert(INTERRUPT_STUCK_AFTER < UINT16_MAX, "the count of a source");

struct interrupt_counts interrupt_counts;
static struct interrupt_events events;
bool interrupts_seen;
static struct source sources[INTERRUPT_SOURCES];
static unsigned source_count;
static const struct acpi_info *firmware;
static enum interrupt_wiring wiring;
static bool panics_on_nmi;
static bool (*timer_made_nmi)(const struct regs *regs);

void interrupts_init(const struct acpi_info *acpi, enum interrupt_wiring wanted)
{
	firmware = acpi;
	wiring = wanted;
	source_count = 0;
	pic_init(VECTOR_PIC);
	if (acpi->has_imcr) {
		outb(IMCR_INDEX_PORT, IMCR_INDEX);
		outb(IMCR_DATA_PORT, IMCR_BY_APIC);
	}
	if (wanted == WIRING_8259 || ioapic_init(acpi) == 0)
		wiring = WIRING_8259;
	if (wiring == WIRING_8259)
		log_info("interrupts: 8259s%s",
			 wanted == WIRING_IOAPIC ? "; ioapic=on, but there is no I/O APIC" : "");
}

/* -ENOENT: new. */
static int find_source(enum source_kind kind, uint32_t input)
{
	for (unsigned i = 0; i < source_count; i++)
		if (sources[i].kind == kind && sources[i].input == input)
			return (int)i;
	return -ENOENT;
}

static int new_source(enum source_kind kind, uint32_t input, bool is_level)
{
	if (source_count == INTERRUPT_SOURCES)
		return -ENOSPC;
	sources[source_count] = (struct source){.kind = kind, .input = input, .is_level = is_level};
	return (int)source_count++;
}

static int add_ioapic_line(const struct ioapic_line *line)
{
	int n = find_source(SOURCE_IOAPIC, line->gsi);

	if (n != -ENOENT)
		return n;
	n = new_source(SOURCE_IOAPIC, line->gsi, line->is_level);
	if (n >= 0)
		ioapic_connect(line, VECTOR_SOURCE + (unsigned)n, apic_id());
	return n;
}

static int add_8259_line(unsigned line, bool is_pci)
{
	int n = find_source(SOURCE_8259, line);

	if (n != -ENOENT)
		return n;
	if (is_pci)
		pic_set_level(line);
	n = new_source(SOURCE_8259, line, is_pci || pic_is_level(line));
	if (n >= 0)
		pic_unmask(line);
	return n;
}

static int add_line(unsigned line, bool is_pci)
{
	struct ioapic_line route;

	if (line >= PIC_LINES || line == CASCADE_LINE)
		return -ERANGE;
	route = ioapic_route(firmware, line, is_pci);
	if (wiring == WIRING_8259 || !ioapic_has(route.gsi))
		return add_8259_line(line, is_pci);
	if (is_pci && !route.is_overridden && wiring == WIRING_AUTO && firmware->has_8259)
		return add_8259_line(line, is_pci);
	return add_ioapic_line(&route);
}

int interrupts_add_isa(unsigned line)
{
	return add_line(line, false);
}

int interrupts_add_pci(unsigned line)
{
	return line == 0 ? -ERANGE : add_line(line, true);
}

int interrupts_add_msi(uint32_t *address, uint32_t *data)
{
	int n = new_source(SOURCE_MESSAGE, 0, false);

	*address = MESSAGE_ADDRESS | (uint32_t)apic_id() << MESSAGE_DEST;
	*data = VECTOR_SOURCE + (uint32_t)n;
	return n;
}

static void set_masked(const struct source *s, bool masked)
{
	if (!s->is_level)
		return;
	if (s->kind == SOURCE_IOAPIC)
		ioapic_mask(s->input, masked);
	else if (masked)
		pic_mask(s->input);
	else
		pic_unmask(s->input);
}

/* One that did not arrive is not masked, and letting it through again changes nothing. */
void interrupts_let_through(uint32_t which)
{
	for (unsigned n = 0; n < source_count; n++) {
		struct source *s = &sources[n];

		if (!(which >> n & 1) || s->is_stuck)
			continue;
		s->unexplained = 0;
		set_masked(s, false);
	}
}

static void count_unexplained(struct source *s)
{
	if (!s->is_level || s->is_stuck)
		return;
	if (++s->unexplained < INTERRUPT_STUCK_AFTER) {
		set_masked(s, false);
		return;
	}
	s->is_stuck = true;
	if (s->is_on_trial)
		return; /* as before */
	log_warn("interrupts: line %u stays off: %u in a row were no known device's", s->input,
		 INTERRUPT_STUCK_AFTER);
}

uint32_t interrupts_nobody(uint32_t which)
{
	uint32_t stuck = 0;

	for (unsigned n = 0; n < source_count; n++) {
		if (which >> n & 1)
			count_unexplained(&sources[n]);
		stuck |= (uint32_t)sources[n].is_stuck << n;
	}
	return stuck;
}

bool interrupts_try_stuck(void)
{
	bool more = false;

	for (unsigned n = 0; n < source_count; n++) {
		struct source *s = &sources[n];

		if (s->is_stuck) {
			s->is_stuck = false;
			s->is_on_trial = more = true;
			s->unexplained = INTERRUPT_STUCK_AFTER - INTERRUPT_TRIAL;
			set_masked(s, false);
		} else if (s->is_on_trial) {
			s->is_on_trial = false;
			log_info("interrupts: line %u is quiet again", s->input);
		}
	}
	return more;
}

bool interrupts_is_stuck(unsigned source)
{
	return source < source_count && sources[source].is_stuck;
}

bool interrupts_look(unsigned n, struct interrupt_view *view)
{
	static const char *const kinds[] = {
		[SOURCE_8259] = "8259 line",
		[SOURCE_IOAPIC] = "I/O APIC pin",
		[SOURCE_MESSAGE] = "message",
	};
	const struct source *s = &sources[n];

	if (n >= source_count)
		return false;
	*view = (struct interrupt_view){
		.kind = kinds[s->kind],
		.input = s->input,
		.vector = s->kind == SOURCE_8259 ? VECTOR_PIC + s->input : VECTOR_SOURCE + n,
		.is_level = s->is_level,
		.is_stuck = s->is_stuck,
		.arrived = s->arrived,
	};
	return true;
}

/* Masked before the acknowledgement, or a level-triggered one would come again at once. */
static void source_arrived(unsigned n)
{
	interrupt_counts.lines++;
	sources[n].arrived++;
	events.sources |= 1u << n;
	interrupts_seen = true;
	set_masked(&sources[n], true);
}

static void line_arrived(unsigned line)
{
	int n;

	if (pic_is_spurious(line)) {
		interrupt_counts.spurious++;
		return;
	}
	n = find_source(SOURCE_8259, line);
	if (n >= 0)
		source_arrived((unsigned)n);
	else
		interrupt_counts.unexpected++;
	pic_eoi(line);
}

void interrupt_arrived(unsigned vector)
{
	trace(TRACE_IRQ, TRACE_NOBODY, vector, 0);
	if (vector == VECTOR_LAPIC_TIMER) {
		interrupt_counts.timer++;
		events.timer = interrupts_seen = true;
		apic_eoi();
	} else if (vector >= VECTOR_SOURCE && vector - VECTOR_SOURCE < source_count) {
		source_arrived(vector - VECTOR_SOURCE);
		apic_eoi();
	} else if (vector >= VECTOR_PIC && vector < VECTOR_PIC + PIC_LINES) {
		line_arrived(vector - VECTOR_PIC);
	} else if (vector == VECTOR_SPURIOUS) {
		interrupt_counts.spurious++; /* no EOI: SDM 3A 10.9 */
	} else {
		interrupt_counts.unexpected++;
		apic_eoi();
	}
}

void interrupts_panic_on_nmi(void)
{
	panics_on_nmi = true;
}

bool interrupts_timer_is_nmi(bool (*is_mine)(const struct regs *regs))
{
	struct ioapic_line route = ioapic_route(firmware, 0, false);

	if (wiring == WIRING_8259 || !ioapic_has(route.gsi))
		return false;
	timer_made_nmi = is_mine;
	ioapic_connect(&route, IOAPIC_NMI, apic_id());
	return true;
}

void interrupt_nmi(const struct regs *regs)
{
	if (timer_made_nmi && timer_made_nmi(regs)) {
		interrupt_counts.watchdog++;
		return;
	}
	interrupt_counts.nmi++;
	events.nmi = interrupts_seen = true;
	events.nmi_eip = regs ? regs->eip : 0;
	if (panics_on_nmi && regs)
		panic_trap(regs, "NMI (on-nmi=panic)");
	else if (panics_on_nmi)
		panic("NMI while a guest ran (on-nmi=panic)");
}

bool interrupts_any_waits(void)
{
	return READ_ONCE(events.nmi) || READ_ONCE(events.timer) || READ_ONCE(events.sources);
}

struct interrupt_events interrupts_take(void)
{
	struct interrupt_events seen = events;

	events = (struct interrupt_events){0};
	interrupts_seen = false;
	return seen;
}

/* NT, set in a double fault's task, would make the iret a task's return. */
void interrupts_unblock_nmi(void)
{
	__asm__ volatile("pushl %1; popfl; pushl %1; pushl %0; call 1f; jmp 2f; 1: iret; 2:"
			 :
			 : "i"(SEL_HOST_CODE), "i"(X86_EFLAGS_FIXED)
			 : "memory", "cc");
}
