/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What certain CPUs do otherwise than their manuals or their CPUID say. */
#ifndef GATEHOUSE_ARCH_X86_QUIRKS_H
#define GATEHOUSE_ARCH_X86_QUIRKS_H

#include "arch/x86/cpu.h"

/* Each is a bit of cpu_features.quirks. */
enum cpu_quirk {
	QUIRK_APIC_OFF,   /* the firmware switched the APIC off, so CPUID hides it */
	QUIRK_NX_OFF,     /* likewise NX */
	QUIRK_PAE_HIDDEN, /* a Pentium M, which has PAE and does not say so */
	QUIRK_NO_SEP,     /* an early Pentium Pro, which has no sysenter but says so */
	QUIRK_DEADLINE,   /* the timer's TSC deadline is wrong without newer microcode */
	QUIRK_C1E,        /* C1E stops the APIC's timer: to be switched off */
	QUIRKS,
};

/*
 * Those that may apply to such a CPU, as bits, by all of *f but its quirks. The
 * first two are attempts: whether the firmware was it shows when
 * its switch is turned.
 */
uint32_t cpu_quirks_find(const struct cpu_features *f);

/* In words, for the log. */
const char *cpu_quirk_text(enum cpu_quirk quirk);

#endif
