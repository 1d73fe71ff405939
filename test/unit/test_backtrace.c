/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves symbol search and backtraces on this very test's tables: made by hand, some of them wrong.
 */
/* unit-sources: core/elf_symbols.c core/backtrace.c */
#include "core/backtrace.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

#include "core/errno.h"
#include "core/guest.h"
#include "core/guest_mem.h"
#include "test/unit/unit.h"

#define MEMORY  0x3000u
#define SYMBOLS 5000u /* more than one step looks at */

static uint8_t memory[MEMORY];
static struct guest guest;
static struct config_guest config;

static struct image {
	Elf32_Ehdr elf;
	Elf32_Shdr sections[3];
	Elf32_Sym symbols[SYMBOLS];
	char strings[64];
} image;

int guest_peek_virtual(const struct guest *g, gva_t va, void *to, uint32_t bytes)
{
	if (bytes > MEMORY || va > MEMORY - bytes)
		return -EFAULT;
	memcpy(to, memory + va, bytes);
	return 0;
}

static void set(unsigned n, uint32_t value, uint32_t size, unsigned type, uint32_t name)
{
	image.symbols[n] = (Elf32_Sym){.st_name = name,
				       .st_value = value,
				       .st_size = size,
				       .st_info = ELF32_ST_INFO(STB_GLOBAL, type),
				       .st_shndx = 1};
}

static int start(void **state)
{
	memset(&image, 0, sizeof(image));
	memset(memory, 0, sizeof(memory));
	memcpy(image.elf.e_ident, ELFMAG, SELFMAG);
	image.elf.e_ident[EI_CLASS] = ELFCLASS32;
	image.elf.e_ident[EI_DATA] = ELFDATA2LSB;
	image.elf.e_shoff = offsetof(struct image, sections);
	image.elf.e_shentsize = sizeof(Elf32_Shdr);
	image.elf.e_shnum = 3;
	image.sections[1] = (Elf32_Shdr){.sh_type = SHT_SYMTAB,
					 .sh_offset = offsetof(struct image, symbols),
					 .sh_size = sizeof(image.symbols),
					 .sh_link = 2,
					 .sh_entsize = sizeof(Elf32_Sym)};
	image.sections[2] = (Elf32_Shdr){.sh_type = SHT_STRTAB,
					 .sh_offset = offsetof(struct image, strings),
					 .sh_size = sizeof(image.strings)};
	memcpy(image.strings, "\0first\0second\0third\0bad\nname", 29);
	set(1, 0x1000, 0x100, STT_FUNC, 1);
	set(4999, 0x2000, 0, STT_NOTYPE, 7);
	set(4000, 0x2000, 0x10, STT_FUNC, 14);
	set(3000, 0x2008, 4, STT_OBJECT, 1);
	set(7, 0x50000, 0x20000, STT_FUNC, 20);
	config.kernel_start = (hpa_t)(uintptr_t)&image;
	config.kernel_end = config.kernel_start + sizeof(image);
	guest.config = &config;
	guest.vcpu.regs = &guest.vcpu.entry.regs;
	return 0;
}

static const char *name_of(uint32_t address)
{
	static char text[80];
	struct elf_symbols s;
	struct symbol_search q;

	elf_symbols_open(&s, &image, sizeof(image));
	symbol_search_start(&q, address);
	while (!symbol_search_step(&s, &q))
		;
	symbol_search_text(&s, &q, text, sizeof(text));
	return text;
}

static void test_names(void **state)
{
	assert_string_equal(name_of(0xFFF), "");
	assert_string_equal(name_of(0x1000), "first+0x0");
	assert_string_equal(name_of(0x1FFF), "first+0xfff");
	assert_string_equal(name_of(0x2009), "third+0x9"); /* a function's before a label's */
	assert_string_equal(name_of(0x11FFF), "third+0xffff");
	assert_string_equal(name_of(0x12000), "");
	assert_string_equal(name_of(0x6FFFF), "bad?name+0x1ffff");
}

/* Each of these makes it an image without symbols; none is read beyond. */
static void test_no_tables(void **state)
{
	struct elf_symbols s;

	image.sections[1].sh_size = sizeof(image);
	assert_false(elf_symbols_open(&s, &image, sizeof(image)));
	start(state);
	image.sections[2].sh_offset = sizeof(image) - 3;
	assert_false(elf_symbols_open(&s, &image, sizeof(image)));
	start(state);
	image.sections[1].sh_link = 3;
	assert_false(elf_symbols_open(&s, &image, sizeof(image)));
	start(state);
	image.elf.e_shoff = 0xFFFFFFF0;
	assert_false(elf_symbols_open(&s, &image, sizeof(image)));
	start(state);
	image.sections[1].sh_entsize = 15;
	assert_false(elf_symbols_open(&s, &image, sizeof(image)));
	assert_false(elf_symbols_open(&s, &image, 40));
	assert_int_equal(s.count, 0);
}

static void test_name_outside(void **state)
{
	set(1, 0x1000, 0x100, STT_FUNC, 0x7FFFFFFF);
	assert_string_equal(name_of(0x1004), "+0x4");
	set(1, 0x1000, 0x100, STT_FUNC, sizeof(image.strings) - 1);
	image.strings[sizeof(image.strings) - 1] = 'x';
	assert_string_equal(name_of(0x1004), "x+0x4");
}

static void put_frame(uint32_t at, uint32_t ebp, uint32_t eip)
{
	uint32_t frame[2] = {ebp, eip};

	memcpy(memory + at, frame, sizeof(frame));
}

/* The frames as lines; how many steps there were. */
static unsigned lines(char all[], size_t size, uint32_t eip, uint32_t ebp)
{
	struct backtrace b;
	char text[80];
	unsigned steps = 0;

	guest.vcpu.entry.regs.eip = eip;
	guest.vcpu.entry.regs.ebp = ebp;
	all[0] = 0;
	backtrace_start(&b, &guest);
	for (; backtrace_step(&b, text, sizeof(text)); steps++)
		if (text[0])
			snprintf(all + strlen(all), size - strlen(all), "%s;", text);
	return steps;
}

static void test_frames(void **state)
{
	char all[4096];

	put_frame(0x800, 0x900, 0x2010);
	put_frame(0x900, 0, 0x1000); /* a call that ends just before `first` */
	assert_int_equal(lines(all, sizeof(all), 0x1004, 0x800), 15); /* 3 frames, 5 steps each */
	assert_string_equal(all, "0x00001004 first+0x4;0x00002010 third+0xf;0x00001000;");
}

/* A frame that is not above the last one is the last; so is one that cannot be read. */
static void test_bad_chains(void **state)
{
	char all[4096];

	put_frame(0x800, 0x800, 0x1010);
	lines(all, sizeof(all), 0x1004, 0x800);
	assert_string_equal(all, "0x00001004 first+0x4;0x00001010 first+0xf;");
	put_frame(0x800, 0x700, 0x1010);
	put_frame(0x700, 0x800, 0x1010);
	lines(all, sizeof(all), 0x1004, 0x800);
	assert_string_equal(all, "0x00001004 first+0x4;0x00001010 first+0xf;");
	lines(all, sizeof(all), 0x1004, 0xFFFFFFFC);
	assert_string_equal(all, "0x00001004 first+0x4;");
}

static void test_long_chain(void **state)
{
	char all[8192];
	unsigned count = 0;

	for (uint32_t at = 0x100; at < 0x2F00; at += 8)
		put_frame(at, at + 8, 0x1010);
	lines(all, sizeof(all), 0x1004, 0x100);
	for (const char *c = all; *c; c++)
		count += *c == ';';
	assert_int_equal(count, BACKTRACE_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_names, start),
		cmocka_unit_test_setup(test_no_tables, start),
		cmocka_unit_test_setup(test_name_outside, start),
		cmocka_unit_test_setup(test_frames, start),
		cmocka_unit_test_setup(test_bad_chains, start),
		cmocka_unit_test_setup(test_long_chain, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
