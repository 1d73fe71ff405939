/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files on the volume that the loader was started from. */
#ifndef GATEHOUSE_BOOT_EFI_FILES_H
#define GATEHOUSE_BOOT_EFI_FILES_H

#include "core/types.h"

/* Below this folder is what the configuration file names without a path from the top. */
#define FILES_FOLDER "/gatehouse/"
#define FILES_CONFIG FILES_FOLDER "gatehouse.cfg"

struct file {
	void *data; /* whole pages below 3 GiB (memory_take()), at least one byte more than bytes */
	uint32_t bytes;
};

/* Opens the volume. Gives up if the firmware has no file system for it. */
void files_open(void);

/* Reads a whole file. Gives up, with its name, if that fails. */
struct file files_read(const char *path);

#endif
