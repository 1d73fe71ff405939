/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first C function, called by start.S. */
#ifndef GATEHOUSE_BOOT_BOOT_H
#define GATEHOUSE_BOOT_BOOT_H

#include "core/types.h"
#include "core/util.h"

/*
 * Entered with paging and interrupts off, flat segments and a clean .bss.
 * magic and info are EAX and EBX as the loader left them (Multiboot 0.6.96
 * 3.2, Multiboot2 3.3). Calls gatehouse_main() with what the loader said, or
 * says on COM1 and the text screen why it cannot, and halts.
 */
STACK_ARGUMENTS void NORETURN boot_main(uint32_t magic, hpa_t info);

#endif
