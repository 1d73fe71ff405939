/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Real interrupts: acknowledged here, acted upon by the main loop. */
#include "arch/x86/interrupts.h"

#include "arch/x86/apic.h"
#include "arch/x86/cpu_bits.h"
#include "drivers/pic8259.h"

struct interrupt_counts interrupt_counts;
static struct interrupt_events events;

void interrupts_init(void)
{
	pic_init(VECTOR_PIC);
}

void interrupts_unmask_line(unsigned line)
{
	pic_unmask(line);
}

static void line_arrived(unsigned line)
{
	if (pic_is_spurious(line)) {
		interrupt_counts.spurious++;
		return;
	}
	interrupt_counts.lines++;
	events.lines |= (uint16_t)(1u << line);
	pic_eoi(line);
}

void interrupt_arrived(unsigned vector)
{
	if (vector == VECTOR_LAPIC_TIMER) {
		interrupt_counts.timer++;
		events.timer = true;
		apic_eoi();
	} else if (vector >= VECTOR_PIC && vector < VECTOR_PIC + 16) {
		line_arrived(vector - VECTOR_PIC);
	} else if (vector == VECTOR_SPURIOUS) {
		interrupt_counts.spurious++; /* no EOI: SDM 3A 10.9 */
	} else {
		interrupt_counts.unexpected++;
		apic_eoi();
	}
}

void interrupt_nmi(void)
{
	interrupt_counts.nmi++;
	events.nmi = true;
}

struct interrupt_events interrupts_take(void)
{
	struct interrupt_events seen = events;

	events = (struct interrupt_events){0};
	return seen;
}

void interrupts_unblock_nmi(void)
{
	__asm__ volatile("pushfl; pushl %0; pushl $1f; iret; 1:" : : "i"(SEL_HOST_CODE) : "memory");
}
