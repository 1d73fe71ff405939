/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The firmware as the loader sees it: its tables, text for the user, keys, and giving up. */
#ifndef GATEHOUSE_BOOT_EFI_FIRMWARE_H
#define GATEHOUSE_BOOT_EFI_FIRMWARE_H

#include <efi/efi.h>

#include "core/types.h"
#include "core/util.h"

#define KEY_NONE   0
#define KEY_ENTER  '\r'
#define KEY_ESCAPE 27
#define KEY_OTHER  1

extern EFI_HANDLE firmware_image;
extern EFI_SYSTEM_TABLE *firmware_system;
extern EFI_BOOT_SERVICES *firmware_boot;

/* Called first. Stops the firmware's watchdog, which would reset the machine after 5 minutes. */
void firmware_init(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

/* ASCII, to the firmware's consoles and to the serial lines that are none of them. */
void say(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* The next key: ASCII's printable ones, KEY_ENTER, KEY_ESCAPE or KEY_OTHER; KEY_NONE after so
 * long. */
unsigned wait_key(unsigned seconds);

/* Says why Gatehouse cannot start, waits for a key and goes back to the firmware. */
void NORETURN give_up(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* Back to the firmware at once, which tries what is next in its boot order. */
void NORETURN go_back(EFI_STATUS status);

/* What EFI_STATUS means, in a few words. */
const char *status_text(EFI_STATUS status);

#endif
