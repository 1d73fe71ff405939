/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzzes config_parse(). The input is lines: the first a loader name and
 * the command line behind a blank, then one a module.
 */
/* unit-sources: core/config.c core/config_values.c core/options.c core/trace_words.c */
#include "core/config.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct boot_info bi;
static struct config cfg;
static unsigned complaints;

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void note_complaint(void *ctx, const char *message)
{
	const char *c;

	check(message[0] && strlen(message) < 512);
	for (c = message; *c; c++)
		check(*c >= ' ' && *c <= '~');
	++*(unsigned *)ctx;
}

static const uint8_t *take_line(const uint8_t *p, const uint8_t *end, char *line, bool *is_cut)
{
	size_t n = 0;

	for (; p < end && *p != '\n'; p++) {
		if (n < BOOT_CMDLINE - 1)
			line[n++] = (char)*p;
		else
			*is_cut = true;
	}
	return p < end ? p + 1 : end;
}

static void check_guest(const struct config_guest *guest, unsigned i)
{
	unsigned j;

	check(guest->name[0] && strnlen(guest->name, CONFIG_NAME) < CONFIG_NAME);
	check(guest->mem_bytes >= CONFIG_MEM_MIN && guest->mem_bytes <= CONFIG_MEM_MAX);
	check(guest->mem_bytes % PAGE_SIZE == 0);
	check(guest->weight >= 1 && guest->weight <= 10000);
	check(guest->restarts.max <= CONFIG_RESTARTS_MAX);
	check(guest->watchdog_ms == 0 ||
	      (guest->watchdog_ms >= 10 && guest->watchdog_ms <= 600000));
	check(!guest->shadow_pages || (guest->shadow_pages >= 64 && guest->shadow_pages <= 16384));
	check(strnlen(guest->cmdline, CONFIG_CMDLINE) < CONFIG_CMDLINE);
	check(guest->kernel_start < guest->kernel_end);
	check(!guest->initrd_end || guest->initrd_start < guest->initrd_end);
	for (j = 0; j < i; j++)
		check(strcmp(guest->name, cfg.guests[j].name));
}

/* Every module becomes a guest, an initrd or a complaint; what goes silently had one before. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *p = data, *end = data + size;
	struct boot_module *module;
	unsigned i, used = 0;

	memset(&bi, 0, offsetof(struct boot_info, modules));
	if (size && *p == 'q')
		memcpy(bi.loader, "qemu", 5);
	p = take_line(p, end, bi.cmdline, &bi.cmdline_is_cut);
	while (p < end && bi.module_count < BOOT_MAX_MODULES) {
		module = &bi.modules[bi.module_count++];
		memset(module, 0, sizeof(*module));
		module->start = 0x100000 * bi.module_count;
		module->end = module->start + *p % 3;
		p = take_line(p, end, module->cmdline, &module->cmdline_is_cut);
	}
	complaints = 0;
	check(config_parse(&cfg, &bi, note_complaint, &complaints) == complaints);
	for (i = 0; i < cfg.guest_count; i++) {
		check_guest(&cfg.guests[i], i);
		used += cfg.guests[i].initrd_end ? 2 : 1;
	}
	check(used <= bi.module_count && (complaints || used == bi.module_count));
	return 0;
}
