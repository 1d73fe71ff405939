/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The symbol reader on any image, and a backtrace through any memory. Input:
 * eip, ebp, 4 KiB of the guest's memory (virtual = physical), then the image.
 */
/* unit-sources: core/elf_symbols.c core/backtrace.c */
#include <stdlib.h>
#include <string.h>

#include "core/backtrace.h"
#include "core/errno.h"
#include "core/guest.h"
#include "core/guest_mem.h"

#define MEMORY 4096u

static uint8_t memory[MEMORY];

int guest_peek_virtual(const struct guest *g, gva_t va, void *to, uint32_t bytes)
{
	if (bytes > MEMORY || va > MEMORY - bytes)
		return -EFAULT;
	memcpy(to, memory + va, bytes);
	return 0;
}

static void check_text(const char *text, size_t size)
{
	size_t n = strnlen(text, size);

	if (n == size)
		abort();
	for (size_t i = 0; i < n; i++)
		if (text[i] < ' ' || text[i] > '~')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct guest guest;
	static struct config_guest config;
	struct backtrace b;
	uint32_t where[2], steps = 0, frames = 0;
	uint8_t *image;
	char text[96];

	if (size < sizeof(where) + MEMORY)
		return 0;
	memcpy(where, data, sizeof(where));
	memcpy(memory, data + sizeof(where), MEMORY);
	size -= sizeof(where) + MEMORY;
	image = malloc(size ? size : 1); /* of its exact size: a byte too far is noticed */
	memcpy(image, data + sizeof(where) + MEMORY, size);
	config.kernel_start = (hpa_t)(uintptr_t)image;
	config.kernel_end = (hpa_t)((uintptr_t)image + size);
	guest.config = &config;
	guest.vcpu.regs = &guest.vcpu.entry.regs;
	guest.vcpu.entry.regs.eip = where[0];
	guest.vcpu.entry.regs.ebp = where[1];
	backtrace_start(&b, &guest);
	while (backtrace_step(&b, text, sizeof(text))) {
		check_text(text, sizeof(text));
		frames += text[0] != 0;
		if (frames > BACKTRACE_MAX ||
		    ++steps > BACKTRACE_MAX * (size / 16 / ELF_SYMBOLS_STEP + 2))
			abort();
	}
	free(image);
	return 0;
}
