/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the EFI loader's look at the hypervisor's file: good ones, and each way to be bad. */
/* unit-sources: boot/efi/kernel.c */
#include "boot/efi/kernel.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "test/unit/unit.h"

#define FILE_BYTES 0x400
#define HEADER_AT  0x100

/* An ELF header, two segments, and a multiboot2 header at the start of the first one's bytes. */
static struct image {
	Elf32_Ehdr elf;
	Elf32_Phdr ph[3];
	uint8_t padding[HEADER_AT - sizeof(Elf32_Ehdr) - 3 * sizeof(Elf32_Phdr)];
	uint32_t header[4];
	uint8_t rest[FILE_BYTES - HEADER_AT - 16];
} image;

static struct kernel kernel;

static Elf32_Phdr segment(uint32_t offset, uint32_t vaddr, uint32_t paddr, uint32_t filesz,
			  uint32_t memsz)
{
	return (Elf32_Phdr){.p_type = PT_LOAD,
			    .p_offset = offset,
			    .p_vaddr = vaddr,
			    .p_paddr = paddr,
			    .p_filesz = filesz,
			    .p_memsz = memsz};
}

static int set_up(void **state)
{
	memset(&image, 0xA5, sizeof(image));
	image.elf = (Elf32_Ehdr){
		.e_ident = {0x7F, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT},
		.e_type = ET_EXEC,
		.e_machine = EM_386,
		.e_entry = 0x80000110,
		.e_phoff = sizeof(Elf32_Ehdr),
		.e_phentsize = sizeof(Elf32_Phdr),
		.e_phnum = 3,
	};
	image.ph[0] = segment(HEADER_AT, 0x80000100, 0x100100, 0x80, 0x80);
	image.ph[1] = segment(0x300, 0x102000, 0x102000, 0x100, 0x1801);
	image.ph[2] = (Elf32_Phdr){.p_type = PT_NOTE, .p_offset = UINT32_MAX};
	image.header[0] = 0xE85250D6;
	image.header[1] = 0;
	image.header[2] = 16;
	image.header[3] = -(0xE85250D6u + 16);
	return 0;
}

static const char *check(size_t bytes)
{
	void *copy = malloc(bytes ? bytes : 1);
	const char *why;

	memcpy(copy, &image, bytes);
	why = kernel_check(&kernel, copy, bytes);
	free(copy);
	return why;
}

static void refuse(const char *sentence)
{
	const char *why = check(FILE_BYTES);

	assert_non_null(why);
	assert_string_equal(why, sentence);
	set_up(NULL);
	assert_null(check(FILE_BYTES));
}

static void test_good(void **state)
{
	uint8_t *to = malloc(0x4000);

	assert_null(check(FILE_BYTES));
	assert_int_equal(kernel.base, 0x100000);
	assert_int_equal(kernel.bytes, 0x4000);
	assert_int_equal(kernel.entry, 0x100110);
	memset(to, 0x5A, 0x4000);
	kernel_lay_out(&kernel, &image, to);
	assert_memory_equal(to + 0x100, image.header, 0x80);
	assert_memory_equal(to + 0x2000, (uint8_t *)&image + 0x300, 0x100);
	memset(to + 0x100, 0, 0x80);
	memset(to + 0x2000, 0, 0x100);
	for (unsigned i = 0; i < 0x4000; i++)
		assert_int_equal(to[i], 0);
	free(to);
}

static void test_headers(void **state)
{
	image.elf.e_ident[0] = 'M';
	refuse("is not an ELF file");
	image.elf.e_ident[EI_CLASS] = ELFCLASS64;
	refuse("is not an ELF file for 32-bit x86");
	image.elf.e_machine = EM_X86_64;
	refuse("is not an ELF file for 32-bit x86");
	image.elf.e_type = ET_DYN;
	refuse("is not an executable ELF file");
	image.elf.e_phnum = 65;
	refuse("has no ELF program headers, or some that are damaged");
	image.elf.e_phoff = FILE_BYTES - 64;
	refuse("has no ELF program headers, or some that are damaged");
	image.elf.e_phoff = UINT32_MAX - 3;
	refuse("has no ELF program headers, or some that are damaged");
	image.elf.e_phoff = 54;
	refuse("has no ELF program headers, or some that are damaged");
	image.elf.e_phnum = 0;
	refuse("begins outside of its own ELF segments");
	image.header[3]++;
	refuse("has no Multiboot2 header, so it is not Gatehouse");
	image.header[1] = 4;
	image.header[3] -= 4; /* MIPS */
	refuse("has no Multiboot2 header, so it is not Gatehouse");
}

static void test_segments(void **state)
{
	static const char beyond[] =
		"has an ELF segment beyond 3 GiB, or one that is larger in the file";

	image.ph[1].p_offset = FILE_BYTES + 1;
	refuse("is shorter than its ELF headers say; copy it again");
	image.ph[1].p_filesz = 0x101;
	refuse("is shorter than its ELF headers say; copy it again");
	image.ph[1].p_memsz = 0xFF;
	refuse(beyond);
	image.ph[1].p_paddr = KERNEL_MEMORY_LIMIT;
	refuse(beyond);
	image.ph[1].p_paddr = KERNEL_MEMORY_LIMIT - 0x1800;
	refuse(beyond);
	image.ph[1].p_paddr = 0x100000 + KERNEL_MAX_BYTES - 0x1000;
	refuse("spreads over more than 64 MiB of memory");
	image.elf.e_entry = 0x80000180;
	refuse("begins outside of its own ELF segments");
	image.elf.e_entry = 0x800000FF;
	refuse("begins outside of its own ELF segments");
	image.ph[1].p_memsz = image.ph[1].p_filesz = 0; /* nothing to load: not looked at */
	image.ph[1].p_paddr = UINT32_MAX;
	assert_null(check(FILE_BYTES));
	assert_int_equal(kernel.bytes, 0x1000);
}

static void test_each_prefix(void **state)
{
	for (size_t bytes = 0; bytes < FILE_BYTES; bytes++)
		assert_non_null(check(bytes));
}

static void test_mutations(void **state)
{
	struct unit_random random = {2026};

	for (unsigned n = 0; n < 20000; n++) {
		uint64_t r = unit_random(&random);

		set_up(NULL);
		((uint8_t *)&image)[r % HEADER_AT] = (uint8_t)(r >> 16);
		((uint8_t *)&image)[(r >> 8) % HEADER_AT] = (uint8_t)(r >> 32);
		if (check(FILE_BYTES) == NULL) {
			void *to = malloc(kernel.bytes);

			kernel_lay_out(&kernel, &image, to);
			free(to);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_good, set_up),
		cmocka_unit_test_setup(test_headers, set_up),
		cmocka_unit_test_setup(test_segments, set_up),
		cmocka_unit_test_setup(test_each_prefix, set_up),
		cmocka_unit_test(test_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
