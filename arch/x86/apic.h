/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The local APIC: on, 8259 behind LINT0, and the one timer of this CPU. */
#ifndef GATEHOUSE_ARCH_X86_APIC_H
#define GATEHOUSE_ARCH_X86_APIC_H

#include "arch/x86/cpu.h"

/* Turns the APIC on (out of x2APIC mode if the firmware left it there) and maps it. */
void apic_init(const struct cpu_features *f);

void apic_eoi(void);

/* The number that messages and I/O APICs name this CPU by. */
uint8_t apic_id(void);

/* For calibration: starts the counter at its top; reads how far it has run. */
void apic_timer_start_free(void);
uint32_t apic_timer_elapsed(void);

/* Ticks per second of timer and TSC, known from calibration. */
void apic_timer_set_rate(uint32_t timer_khz, uint32_t tsc_khz);

/* One interrupt (VECTOR_LAPIC_TIMER) in ns nanoseconds at the latest, 0 = at once. */
void apic_timer_arm(uint64_t ns);
void apic_timer_stop(void);

#endif
