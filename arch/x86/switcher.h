/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The switcher, and the host's own descriptor tables. */
#ifndef GATEHOUSE_ARCH_X86_SWITCHER_H
#define GATEHOUSE_ARCH_X86_SWITCHER_H

#include "arch/x86/regs.h"

/* switcher.S: into the guest of the entry page below *state; returns when it leaves. */
void switcher_run(struct state_page *state);

/* fast.S: where sysenter leads, on the entry stack. */
extern char sysenter_entry[];

/* Called by the switcher for every trap taken in ring 0; interrupts off. */
STACK_ARGUMENTS void host_trap(struct regs *regs);

/* tables.c: the IDT in force while the host runs, and the double fault's task. */
uint32_t host_idt_address(void);
uint32_t host_df_tss_address(unsigned cpu);

/* Loads GDTR (state->gdt), IDTR (the host's), TR and the host's segments. */
void host_tables_load(struct state_page *state);

/* Fills the host IDT and the double-fault TSS; makes the guard pages. Paging is on. */
void host_tables_init(void);

#endif
