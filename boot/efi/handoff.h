/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last step: from the firmware's processor mode to the hypervisor's first instruction. */
#ifndef GATEHOUSE_BOOT_EFI_HANDOFF_H
#define GATEHOUSE_BOOT_EFI_HANDOFF_H

#include "core/types.h"

#pragma GCC visibility push(hidden)

/*
 * Position-independent code of handoff_bytes bytes, to be copied to memory
 * below 4 GiB (where linear and physical addresses are the same) that is
 * executable and outside of [dst, dst + bytes). Called there, with boot
 * services left: copies bytes from src to dst, which do not overlap, and
 * enters at entry as Multiboot2 3.3 says, with the information block at info.
 * Does not return.
 */
typedef void(handoff_fn)(hpa_t dst, hpa_t src, uint32_t bytes, hpa_t entry, hpa_t info);

extern const char handoff_code[];
extern const uint32_t handoff_bytes;

#pragma GCC visibility pop

#endif
