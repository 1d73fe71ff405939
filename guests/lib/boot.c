/* SPDX-License-Identifier: GPL-2.0-or-later */
/* boot_params, the command line, the page allocator and the C entry point. */
#include "guests/lib/boot.h"
#include "guests/lib/console.h"
#include "guests/lib/hypercall.h"
#include "guests/lib/string.h"
#include "guests/lib/trap.h"

/* Linux boot protocol, struct boot_params. */
#define BOOT_PARAMS_E820_ENTRIES 0x1E8
#define BOOT_PARAMS_CMDLINE      0x228
#define BOOT_PARAMS_E820         0x2D0

struct e820_entry {
	uint64_t addr, size;
	uint32_t type;
} __attribute__((packed));

extern char guest_image_end_phys[];
void guest_start_c(void);

static uint32_t next_free;

static const void *boot_params(uint32_t offset)
{
	return phys_to_virt(offset);
}

uint32_t boot_ram_bytes(void)
{
	const uint8_t *entries = boot_params(BOOT_PARAMS_E820_ENTRIES);
	const struct e820_entry *e820 = boot_params(BOOT_PARAMS_E820);

	return READ_ONCE(*entries) ? (uint32_t)(e820->addr + e820->size) : 0;
}

const char *boot_cmdline(void)
{
	const uint32_t *pointer = boot_params(BOOT_PARAMS_CMDLINE);

	return READ_ONCE(*pointer) ? phys_to_virt(*pointer) : "";
}

/* The text after name where a word of the command line starts with it, or NULL. */
static const char *find_word(const char *name)
{
	const char *s = boot_cmdline();
	size_t len = strlen(name);

	while (*s) {
		while (*s == ' ')
			s++;
		if (!strncmp(s, name, len))
			return s + len;
		while (*s && *s != ' ')
			s++;
	}
	return NULL;
}

bool boot_has_word(const char *word)
{
	const char *end = find_word(word);

	return end && (*end == '\0' || *end == ' ');
}

const char *boot_text(const char *name)
{
	const char *s = find_word(name);

	return s && *s == '=' ? s + 1 : NULL;
}

static unsigned digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return 16;
}

uint32_t boot_number(const char *name, uint32_t otherwise)
{
	const char *s = boot_text(name);
	uint32_t base = 10, value = 0;

	if (!s)
		return otherwise;
	if (s[0] == '0' && s[1] == 'x') {
		base = 16;
		s += 2;
	}
	for (; digit_value(*s) < base; s++)
		value = value * base + digit_value(*s);
	return value;
}

uint32_t boot_alloc_pages(unsigned pages)
{
	uint32_t limit = boot_ram_bytes(), gpa;

	if (limit > BOOT_MAPPED_BYTES)
		limit = BOOT_MAPPED_BYTES;
	if (!next_free)
		next_free = ALIGN_UP(addr32(guest_image_end_phys), PAGE_SIZE);
	gpa = next_free;
	if (gpa + pages * PAGE_SIZE > limit) {
		printf("out of memory: %u pages wanted above 0x%x, RAM ends at 0x%x\n", pages, gpa,
		       limit);
		shutdown(LGUEST_SHUTDOWN_POWEROFF, "out of memory");
	}
	next_free += pages * PAGE_SIZE;
	memset(phys_to_virt(gpa), 0, pages * PAGE_SIZE);
	return gpa;
}

void guest_start_c(void)
{
	trap_init();
	guest_main();
	console_flush();
	shutdown(LGUEST_SHUTDOWN_POWEROFF, "guest_main returned");
}
