/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is saved of whoever was interrupted, and the pages the switcher works on. */
#ifndef GATEHOUSE_ARCH_X86_REGS_H
#define GATEHOUSE_ARCH_X86_REGS_H

#include "arch/x86/cpu_bits.h"
#include "core/types.h"
#include "core/util.h"

/*
 * A guest's registers, in the order vectors.S pushes them (last pushed first).
 * They lie at the very end of the entry stack page, where TSS.esp0 points.
 * Selector words may carry anything in their upper halves: some CPUs write
 * only 16 bits on a segment push.
 */
struct regs {
	uint32_t edi, esi, ebp, esp_unused, ebx, edx, ecx, eax; /* pushal */
	uint32_t gs, fs, es, ds;
	uint32_t trapno;          /* by the stub */
	uint32_t errcode;         /* by the CPU, or 0 by the stub */
	uint32_t eip, cs, eflags; /* by the CPU */
	uint32_t esp, ss;         /* by the CPU, on a change of privilege only */
};

/* SDM 3A 7.2.1 */
struct tss {
	uint32_t prev, esp0, ss0, esp1, ss1, esp2, ss2;
	uint32_t cr3, eip, eflags, eax, ecx, edx, ebx, esp, ebp, esi, edi;
	uint32_t es, cs, ss, ds, fs, gs, ldt;
	uint16_t trap, iomap;
};

struct desc_ptr {
	uint16_t limit;
	uint32_t base;
} PACKED;

/*
 * The state page: what ring 0 believes on entry, and the CPU's tables while a
 * guest runs. Each guest has its own, as it has an entry page. Read-only in guest
 * tables, so nothing in it may be secret; writable through host tables.
 */
struct state_page {
	uint64_t gdt[GDT_ENTRIES];
	uint64_t idt[256]; /* the one in force while a guest runs */
	struct tss tss;
	uint32_t host_cr3;
	uint32_t host_esp;
	uint32_t guest_cr3;    /* of the shadow tables */
	uint32_t guest_dr7;    /* non-zero: DR7 must be cleared on the way out */
	uint32_t sysenter_eip; /* the guest's handler, if it asked for one */
	struct desc_ptr host_idtr;
	struct desc_ptr guest_idtr;
	uint8_t unused[PAGE_SIZE - GDT_ENTRIES * 8 - 256 * 8 - sizeof(struct tss) - 20 -
		       2 * sizeof(struct desc_ptr)];
};

/* The entry stack page: the guest can write it, so only what the CPU and the
 * switcher put there since the last entry is believed. */
struct entry_page {
	uint32_t fault_trapno; /* of a fault at the iret: by the switcher */
	uint32_t fault_errcode;
	/*
	 * What the fast tier did since C last looked: traps reflected, calls answered, and
	 * the virtual interrupts it delivered. The guest can forge it: what it can gain is
	 * a wrong count in its own statistics, and an interrupt of its own lost.
	 */
	uint32_t fast_traps, fast_calls, fast_irqs;
	uint8_t stack[PAGE_SIZE - 20 - sizeof(struct regs)];
	struct regs regs;
};

_Static_assert(sizeof(struct regs) == 76, "layout known to vectors.S");
_Static_assert(sizeof(struct tss) == 104, "SDM 3A figure 7-2");
_Static_assert(sizeof(struct state_page) == PAGE_SIZE, "state is one page");
_Static_assert(sizeof(struct entry_page) == PAGE_SIZE, "entry stack is one page");

#endif
