/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the loader's registers to a checked struct boot_info. */
#include "boot/boot.h"
#include "boot/boot_info.h"
#include "boot/memmap.h"
#include "boot/multiboot1.h"
#include "boot/multiboot2.h"
#include "core/errno.h"
#include "core/lib.h"
#include "core/main.h"
#include "drivers/uart16550.h"
#include "drivers/vga_text.h"

#define EARLY_BAUD 115200

/* Paging is off: physical addresses are pointers, page 0 holds nothing we ask for. */
static const void *phys_identity(void *ctx, uint64_t addr, size_t len)
{
	(void)ctx;
	if (addr == 0 || addr > UINT32_MAX || len > UINT32_MAX - (uint32_t)addr)
		return NULL;
	return (const void *)(uintptr_t)addr;
}

/* On the VGA's screen, all in one line that wraps. */
static void show(unsigned *at, const char *text)
{
	for (; *text && *at < VGA_TEXT_CELLS; text++)
		if (*text >= ' ')
			vga_text_draw((volatile void *)VGA_TEXT_BASE, (*at)++,
				      (uint16_t)(VGA_TEXT_PLAIN | (uint8_t)*text));
}

/* Nothing is set up yet: both places where a user may look, then the end. */
static void NORETURN boot_fail(const char *why)
{
	static const char prefix[] = "\r\nGatehouse cannot start: ";
	static const char suffix[] = ". The machine is halted.\r\n";
	struct uart com1;
	unsigned at = 0;

	uart_init(&com1, UART_COM1, EARLY_BAUD);
	uart_write(&com1, prefix, sizeof(prefix) - 1);
	uart_write(&com1, why, strlen(why));
	uart_write(&com1, suffix, sizeof(suffix) - 1);
	if (vga_text_present((volatile void *)VGA_TEXT_BASE)) {
		vga_text_init((volatile void *)VGA_TEXT_BASE);
		show(&at, prefix);
		show(&at, why);
		show(&at, suffix);
	}
	for (;;)
		__asm__ volatile("cli; hlt");
}

static int parse_multiboot2(struct boot_info *bi, hpa_t info, const char **why)
{
	uint32_t limit = MIN(MULTIBOOT2_MAX_BYTES, UINT32_MAX - info);

	if (info == 0 || info % 8 != 0) {
		*why = "the multiboot2 information is not at a multiple of 8";
		return -EINVAL;
	}
	return multiboot2_parse(bi, (const void *)(uintptr_t)info, limit, why);
}

static int parse(struct boot_info *bi, uint32_t magic, hpa_t info, const char **why)
{
	switch (magic) {
	case MULTIBOOT2_LOADER_MAGIC:
		return parse_multiboot2(bi, info, why);
	case MULTIBOOT1_LOADER_MAGIC:
		return multiboot1_parse(bi, info, phys_identity, NULL, why);
	default:
		*why = "it was not started by a multiboot or multiboot2 loader";
		return -EINVAL;
	}
}

STACK_ARGUMENTS void NORETURN boot_main(uint32_t magic, hpa_t info)
{
	static struct boot_info bi;
	const char *why;

	if (parse(&bi, magic, info, &why))
		boot_fail(why);
	boot_info_tidy(&bi);
	if (boot_info_usable_bytes(&bi) == 0)
		boot_fail("the loader's memory map has no usable memory");
	gatehouse_main(&bi);
}
