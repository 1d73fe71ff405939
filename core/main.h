/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the boot loader's hand-off to the main loop. */
#ifndef GATEHOUSE_CORE_MAIN_H
#define GATEHOUSE_CORE_MAIN_H

#include "boot/boot_info.h"
#include "core/util.h"

/* Called once by boot/, paging off, interrupts off, on the boot stack. */
NORETURN void gatehouse_main(struct boot_info *bi);

/* Runs guests until the machine ends; loop.c. */
struct cpu;
NORETURN void main_loop(struct cpu *cpu);

#endif
