/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host told the guest at boot: memory and command line. */
#ifndef GATEHOUSE_GUESTS_LIB_BOOT_H
#define GATEHOUSE_GUESTS_LIB_BOOT_H

#include "guests/lib/types.h"

/* Guests use at most this much of their RAM: what the boot page tables map. */
#define BOOT_MAPPED_BYTES (16u << 20)

/* Bytes of RAM, from the e820 entry in boot_params; 0 if there is none. */
uint32_t boot_ram_bytes(void);

const char *boot_cmdline(void);

/* True if word stands on the command line by itself. */
bool boot_has_word(const char *word);

/* The decimal or 0x number after "name=" on the command line, or otherwise. */
uint32_t boot_number(const char *name, uint32_t otherwise);

/* What follows "name=" on the command line, up to its end, or NULL. */
const char *boot_text(const char *name);

/* Fresh zeroed pages from the RAM above the image; there is no free. Stops the guest when none is
 * left. Result: guest-physical address of the first. */
uint32_t boot_alloc_pages(unsigned pages);

/* The guest's own entry point, called with traps set up and interrupts disabled. */
void guest_main(void);

#endif
