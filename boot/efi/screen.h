/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The picture: the Graphics Output Protocol's mode (UEFI 2.10, 12.9). */
#ifndef GATEHOUSE_BOOT_EFI_SCREEN_H
#define GATEHOUSE_BOOT_EFI_SCREEN_H

#include "boot/boot_info.h"

/*
 * Sets the mode of that size, if there is one (0: as it is), and says where
 * its pixels are. False: there is no screen, or none that can be written to.
 */
bool screen_set(struct boot_framebuffer *fb, uint32_t width, uint32_t height);

#endif
