/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The EFI loader's configuration file: what there is to boot, and which files that takes. */
#ifndef GATEHOUSE_BOOT_EFI_CONFIG_H
#define GATEHOUSE_BOOT_EFI_CONFIG_H

#include "boot/boot_info.h"

#define CONFIG_MAX_ENTRIES   9 /* a digit each */
#define CONFIG_MAX_MODULES   256
#define CONFIG_MAX_TIMEOUT_S 3600
#define CONFIG_TIMEOUT_S     5

struct config_file {
	const char *path;  /* as in the file, never empty */
	const char *words; /* what stands behind it, "" = nothing */
};

struct config_entry {
	const char *title;
	struct config_file hypervisor;
	unsigned first_module, module_count; /* in config.modules; at most BOOT_MAX_MODULES */
};

struct config {
	unsigned timeout_s;     /* before the entry default_entry is taken; 0 = no menu */
	unsigned default_entry; /* counted from 0 */
	uint32_t width, height; /* pixels of the screen; 0 = as the firmware has it */
	unsigned entry_count;   /* at least 1 */
	struct config_entry entries[CONFIG_MAX_ENTRIES];
	unsigned module_count;
	struct config_file modules[CONFIG_MAX_MODULES];
};

/*
 * Fills *config from the file's text, which stays in use and is cut into
 * strings: text[bytes] must be writable. Returns 0, or -EINVAL with a sentence
 * for the user in why, which begins with the line's number.
 */
int config_parse(struct config *config, char *text, size_t bytes, char *why, size_t why_bytes);

/*
 * A path of the file from the top of the volume: one that does not begin there
 * is below folder, which ends in a slash. False: it does not fit.
 */
bool config_full_path(char *out, size_t size, const char *folder, const char *path);

/*
 * The same as the firmware wants it: UTF-16, backslashes. out has room for as
 * many characters as path. False: path has other characters than ASCII's.
 */
bool config_efi_path(uint16_t *out, const char *path);

#endif
