/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The firmware's memory: pages where the hypervisor can use them, the map, and the way out. */
#ifndef GATEHOUSE_BOOT_EFI_MEMORY_H
#define GATEHOUSE_BOOT_EFI_MEMORY_H

#include "boot/efi/info.h"
#include "boot/efi/kernel.h"

/* From now on no page from memory_take() lies where the kernel will be. */
void memory_keep_free(const struct kernel *kernel);

/*
 * Whole pages for at least so many bytes, below KERNEL_MEMORY_LIMIT; never
 * freed. Gives up, with `what` in the message, if there are none.
 */
void *memory_take(uint64_t bytes, const char *what);
/* One page for code. */
void *memory_take_code(void);

/*
 * Takes room for the memory map, reads it, and checks that the kernel's place
 * will be free. Gives up if not.
 */
void memory_prepare(const struct kernel *kernel);

/*
 * Leaves boot services (UEFI 2.10, 7.4.6); the map of then is *map. After that
 * nothing of the firmware may be called. Gives up if the firmware refuses.
 */
void memory_leave_firmware(struct firmware_map *map);

#endif
