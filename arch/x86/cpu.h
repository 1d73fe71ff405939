/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Single instructions as functions, and what CPUID says. */
#ifndef GATEHOUSE_ARCH_X86_CPU_H
#define GATEHOUSE_ARCH_X86_CPU_H

#include "arch/x86/regs.h"

#define X86_CR(n)                                                                                  \
	static inline uint32_t read_cr##n(void)                                                    \
	{                                                                                          \
		uint32_t v;                                                                        \
		__asm__ volatile("movl %%cr" #n ", %0" : "=r"(v));                                 \
		return v;                                                                          \
	}                                                                                          \
	static inline void write_cr##n(uint32_t v)                                                 \
	{                                                                                          \
		__asm__ volatile("movl %0, %%cr" #n : : "r"(v) : "memory");                        \
	}
X86_CR(0)
X86_CR(2)
X86_CR(3)
X86_CR(4)

static inline uint64_t rdmsr(uint32_t msr)
{
	uint64_t v;

	__asm__ volatile("rdmsr" : "=A"(v) : "c"(msr));
	return v;
}

static inline void wrmsr(uint32_t msr, uint64_t v)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "A"(v) : "memory");
}

static inline uint64_t rdtsc(void)
{
	uint64_t v;

	__asm__ volatile("rdtsc" : "=A"(v));
	return v;
}

static inline void cpuid(uint32_t leaf, uint32_t out[4])
{
	__asm__ volatile("cpuid"
			 : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
			 : "a"(leaf), "c"(0));
}

/* Sleeps until an interrupt; the handler has run when it returns. IF=0 before and after. */
static inline void cpu_wait_for_interrupt(void)
{
	__asm__ volatile("sti; hlt; cli" : : : "memory");
}

/* Lets interrupts in that are waiting. IF=0 before and after. */
static inline void cpu_let_interrupts_in(void)
{
	__asm__ volatile("sti; nop; cli" : : : "memory");
}

/* What is only in the caches goes to memory. */
static inline void cpu_write_back(void)
{
	__asm__ volatile("wbinvd" : : : "memory");
}

struct cpu_features {
	char vendor[13];
	char brand[49];
	uint8_t family, model, stepping;
	uint32_t max_leaf;
	bool pae, apic, tsc, msr, cx8, fpu; /* required */
	bool efer;                          /* the MSR exists */
	bool nx, fxsr, sse, sse2, invariant_tsc, tsc_deadline, hypervisor, sep, mce, mca, pat, pcid;
	uint32_t microcode; /* its level (SDM 3A 9.11.7.1), 0 for none loaded or not known */
	uint32_t quirks;    /* bits: enum cpu_quirk; what can be done about them was done */
};

/*
 * Reads CPUID into *f, having switched on what the firmware left off. Returns
 * NULL, or the comma-separated names of missing required features.
 */
const char *cpu_features_read(struct cpu_features *f);

/* Control bits every CPU runs with; sysenter disabled. After paging_init(). */
void cpu_setup(const struct cpu_features *f);

/* Whether the CPU has sysenter, and where it leads: code selector 0 makes it a #GP. */
bool cpu_has_sysenter(void);
void cpu_set_sysenter(uint32_t eip, uint32_t esp, uint16_t cs);

/* Stops this CPU for good. */
static inline void __attribute__((noreturn)) cpu_halt(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

/* A triple fault: the reset that works when nothing else does. */
void __attribute__((noreturn)) cpu_triple_fault(void);

/* In a loop that waits: the `pause` of newer CPUs, a `rep; nop` to older ones. */
static inline void cpu_relax(void)
{
	__asm__ volatile("rep; nop" : : : "memory");
}

#endif
