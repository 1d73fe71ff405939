/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Machine checks (SDM 3B chapter 15): what the CPU found broken. */
#ifndef GATEHOUSE_ARCH_X86_MACHINE_CHECK_H
#define GATEHOUSE_ARCH_X86_MACHINE_CHECK_H

#include "arch/x86/cpu.h"

/* Logs what the banks still hold from before the boot, and has them report all errors. */
void machine_check_init(const struct cpu_features *f);

/*
 * After one: logs the banks and empties them. True: the CPU lost nothing, and
 * all that is broken is one place in memory, at the physical *address.
 */
bool machine_check_can_go_on(uint64_t *address);

/* The end; logs what the banks hold. */
NORETURN void machine_check_panic(const struct regs *regs);

#endif
