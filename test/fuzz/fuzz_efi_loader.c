/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fuzzes what the EFI loader reads from a volume: the configuration file or the hypervisor's. */
/* unit-sources: boot/efi/config.c boot/efi/kernel.c */
#include "boot/efi/config.h"
#include "boot/efi/kernel.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
	if (!is_true)
		abort();
}

static void check_file(const struct config_file *f)
{
	uint16_t wide[64];
	char path[64];

	require(*f->path != '\0' && strlen(f->words) < SIZE_MAX);
	if (config_full_path(path, sizeof(path), "/gatehouse/", f->path))
		config_efi_path(wide, path);
}

static void try_config(char *text, size_t size)
{
	static struct config c;
	char why[256];

	memset(why, 'x', sizeof(why));
	if (config_parse(&c, text, size, why, sizeof(why)) != 0) {
		require(strnlen(why, sizeof(why)) < sizeof(why));
		return;
	}
	require(c.entry_count >= 1 && c.entry_count <= CONFIG_MAX_ENTRIES);
	require(c.default_entry < c.entry_count && c.timeout_s <= CONFIG_MAX_TIMEOUT_S);
	for (unsigned i = 0; i < c.entry_count; i++) {
		const struct config_entry *e = &c.entries[i];

		require(strlen(e->title) <= size && e->module_count <= BOOT_MAX_MODULES);
		require(e->first_module + e->module_count <= c.module_count);
		check_file(&e->hypervisor);
	}
	for (unsigned i = 0; i < c.module_count; i++)
		check_file(&c.modules[i]);
}

static void try_kernel(const uint8_t *file, size_t size)
{
	struct kernel k;
	void *to;

	if (kernel_check(&k, file, size) != NULL)
		return;
	require(k.bytes > 0 && k.bytes <= KERNEL_MAX_BYTES && k.base % PAGE_SIZE == 0);
	require(k.base <= KERNEL_MEMORY_LIMIT - k.bytes);
	require(k.entry >= k.base && k.entry - k.base < k.bytes);
	if (k.bytes > MIB(1))
		return;
	to = malloc(k.bytes);
	kernel_lay_out(&k, file, to);
	free(to);
}

/* What begins like an ELF file is taken for one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);

	if (size)
		memcpy(copy, data, size);
	if (size >= 4 && memcmp(copy, "\x7f\x45\x4c\x46", 4) == 0)
		try_kernel(copy, size);
	else
		try_config((char *)copy, size);
	free(copy);
	return 0;
}
