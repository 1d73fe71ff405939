/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests core/image_elf.c: good kernels, hostile ones, truncated and mutated ones. */
/* unit-sources: core/image.c core/image_elf.c core/image_bzimage.c core/boot_params.c */
#include <elf.h>

#include "test/unit/image_fixture.h"

/* Two segments behind the headers: 0x180 bytes at 1 MiB, 0x40 of 0x1000 at 0x180000. */
#define TEXT_OFFSET 0x80
#define TEXT_BYTES  0x180
#define DATA_OFFSET 0x200
#define DATA_BYTES  0x40
#define ELF_BYTES   (DATA_OFFSET + DATA_BYTES)

static Elf32_Ehdr *elf_header(struct blob *b)
{
	return (Elf32_Ehdr *)b->data;
}

static Elf32_Phdr *elf_segment(struct blob *b, unsigned i)
{
	return (Elf32_Phdr *)(b->data + sizeof(Elf32_Ehdr)) + i;
}

static void make_elf(struct blob *b)
{
	unsigned i;

	memset(b, 0, sizeof(*b));
	for (i = TEXT_OFFSET; i < ELF_BYTES; i++)
		b->data[i] = (uint8_t)(i * 7 + 1);
	*elf_header(b) = (Elf32_Ehdr){
		.e_ident = {0x7F, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, EV_CURRENT},
		.e_type = ET_EXEC,
		.e_machine = EM_386,
		.e_version = EV_CURRENT,
		.e_entry = 0x100010,
		.e_phoff = sizeof(Elf32_Ehdr),
		.e_ehsize = sizeof(Elf32_Ehdr),
		.e_phentsize = sizeof(Elf32_Phdr),
		.e_phnum = 2,
	};
	*elf_segment(b, 0) = (Elf32_Phdr){PT_LOAD,    TEXT_OFFSET, 0xC0100000,  0x100000,
					  TEXT_BYTES, TEXT_BYTES,  PF_R | PF_X, 0x1000};
	*elf_segment(b, 1) = (Elf32_Phdr){PT_LOAD,    DATA_OFFSET, 0xC0180000,  0x180000,
					  DATA_BYTES, 0x1000,      PF_R | PF_W, 0x1000};
	b->bytes = ELF_BYTES;
}

static void an_elf_lands_at_its_physical_addresses(void **state)
{
	struct blob b;
	struct load l;

	make_elf(&b);
	load_with(&l, &b, RAM_BYTES, RAM_BYTES);
	assert_int_equal(l.error, 0);
	assert_int_equal(l.entry, 0x100010);
	check_ram(&l, &b, 0x100000, TEXT_OFFSET, TEXT_BYTES);
	check_ram(&l, &b, 0x180000, DATA_OFFSET, DATA_BYTES);
	check_rest_is_zero(&l);
	load_done(&l);
}

static void an_elf_entry_may_be_virtual(void **state)
{
	struct blob b;

	make_elf(&b);
	elf_header(&b)->e_entry = 0xC0100020;
	expect_entry(&b, RAM_BYTES, 0x100020);
	elf_header(&b)->e_entry = 0xC0180FFF;
	expect_entry(&b, RAM_BYTES, 0x180FFF);
	elf_header(&b)->e_entry = 0x1801FF;
	expect_entry(&b, RAM_BYTES, 0x1801FF);
	elf_header(&b)->e_entry = 0xC0181000;
	expect_refused(&b, "entry point 0xc0181000 lies in none");
	elf_header(&b)->e_entry = 0x100000 + TEXT_BYTES;
	expect_refused(&b, "lies in none");
	elf_header(&b)->e_entry = 0xFFFFF;
	expect_refused(&b, "lies in none");
}

static void an_elf_may_fill_ram_to_the_last_byte(void **state)
{
	struct blob b;

	make_elf(&b);
	elf_segment(&b, 1)->p_memsz = RAM_BYTES - 0x180000;
	expect_entry(&b, RAM_BYTES, 0x100010);
	elf_segment(&b, 1)->p_memsz++;
	expect_refused(&b,
		       "ELF segment 1 (0x00180000-0x00200000) ends above the guest's memory; it "
		       "needs at least mem=3M, mem= gives 2048K");
	elf_segment(&b, 1)->p_memsz = 0xFFFFFFFF;
	expect_refused(&b, "needs at least mem=4098M");
	elf_segment(&b, 1)->p_paddr = 0xFFFFFFFF;
	expect_refused(&b, "ends above the guest's memory");
}

/* Not the memory for the first segment that fails and then for the next. */
static void an_elf_asks_for_all_its_memory_at_once(void **state)
{
	struct blob b;
	struct load l;

	make_elf(&b);
	elf_segment(&b, 0)->p_paddr = MIB(2);
	elf_segment(&b, 1)->p_paddr = MIB(9);
	expect_refused(&b,
		       "ELF segment 0 (0x00200000-0x0020017f) ends above the guest's memory; it "
		       "needs at least mem=10M");
	load_with(&l, &b, RAM_BYTES, RAM_BYTES - 0x1000);
	assert_non_null(strstr(err, "ends above the guest's memory; it needs at least mem=10M"));
	load_done(&l);
}

static void an_elf_must_leave_the_reserved_areas_alone(void **state)
{
	struct blob b;
	struct load l;

	make_elf(&b);
	elf_segment(&b, 0)->p_paddr = 0x1FFF;
	expect_refused(&b, "ELF segment 0 (0x00001fff-0x0000217e) overlaps the boot parameters and "
			   "command line (0x00000000-0x00001fff)");
	elf_segment(&b, 0)->p_paddr = 0x2000;
	elf_header(&b)->e_entry = 0x2000;
	expect_entry(&b, RAM_BYTES, 0x2000);
	load_with(&l, &b, RAM_BYTES, 0x180FFF);
	assert_true(l.error < 0);
	assert_string_equal(err, "ELF segment 1 (0x00180000-0x00180fff) overlaps the initrd "
				 "(0x00180fff-0x001fffff); it needs at least mem=3M, mem= gives "
				 "2048K");
	load_done(&l);
	load_with(&l, &b, RAM_BYTES, 0x181000);
	assert_int_equal(l.error, 0);
	load_done(&l);
	load_with(&l, &b, RAM_BYTES, 0);
	assert_true(l.error < 0);
	load_done(&l);
}

static void an_elf_of_the_wrong_kind_is_named(void **state)
{
	struct blob b;

	make_elf(&b);
	elf_header(&b)->e_ident[EI_CLASS] = ELFCLASS64;
	expect_refused(&b, "ELF class 2 (64-bit); class 1 (32-bit) is needed");
	make_elf(&b);
	elf_header(&b)->e_ident[EI_DATA] = ELFDATA2MSB;
	expect_refused(&b, "byte order 2 (big-endian)");
	make_elf(&b);
	elf_header(&b)->e_machine = EM_X86_64;
	expect_refused(&b, "machine 62 (x86-64); 3 (i386) is needed");
	elf_header(&b)->e_machine = 999;
	expect_refused(&b, "machine 999 (unknown)");
	make_elf(&b);
	elf_header(&b)->e_type = ET_REL;
	expect_refused(&b, "type 1 (an object file)");
	elf_header(&b)->e_type = ET_DYN;
	expect_refused(&b, "type 3 (a shared or position-independent file)");
}

static void an_elf_with_bad_tables_is_refused(void **state)
{
	struct blob b;

	make_elf(&b);
	elf_header(&b)->e_phnum = 0;
	expect_refused(&b, "has 0 program headers and none of them loads anything");
	elf_header(&b)->e_phnum = 65;
	expect_refused(&b, "has 65 program headers; at most 64 are allowed");
	make_elf(&b);
	elf_segment(&b, 0)->p_type = elf_segment(&b, 1)->p_type = PT_NOTE;
	expect_refused(&b, "has 2 program headers and none");
	make_elf(&b);
	elf_header(&b)->e_phentsize = 31;
	expect_refused(&b, "headers are 31 bytes each; 32 are needed");
	make_elf(&b);
	elf_header(&b)->e_phoff = 0xFFFFFFF0;
	expect_refused(&b, "headers end at byte 0x100000030 of a file of 0x240");
	elf_header(&b)->e_phoff = ELF_BYTES - 63;
	expect_refused(&b, "the file is cut off");
}

static void an_elf_with_bad_segments_is_refused(void **state)
{
	struct blob b;

	make_elf(&b);
	elf_segment(&b, 0)->p_filesz = TEXT_BYTES + 1;
	expect_refused(&b, "0x181 bytes in the file and 0x180 in memory");
	make_elf(&b);
	elf_segment(&b, 1)->p_offset = DATA_OFFSET + 1;
	expect_refused(&b, "ELF segment 1 ends at byte 0x241 of a file of 0x240");
	elf_segment(&b, 1)->p_offset = 0xFFFFFFF0;
	expect_refused(&b, "ELF segment 1 ends at byte 0x100000030");
	make_elf(&b);
	elf_segment(&b, 1)->p_paddr = 0x10017F;
	expect_refused(&b, "ELF segment 1 (0x0010017f-0x0010117e) overlaps segment 0 "
			   "(0x00100000-0x0010017f)");
	elf_segment(&b, 1)->p_paddr = 0x100180;
	expect_entry(&b, RAM_BYTES, 0x100010);
	elf_segment(&b, 1)->p_paddr = 0xFF001;
	expect_refused(&b, "overlaps segment 0");
	make_elf(&b);
	elf_segment(&b, 1)->p_memsz = 0;
	expect_refused(&b, "0x40 bytes in the file and 0x0 in memory");
	elf_segment(&b, 1)->p_filesz = 0; /* and one of nothing at all counts as none */
	elf_segment(&b, 1)->p_paddr = 0x100010;
	elf_segment(&b, 1)->p_offset = 0xFFFFFFF0;
	expect_entry(&b, RAM_BYTES, 0x100010);
}

static void every_truncation_of_an_elf_is_refused(void **state)
{
	struct blob b;

	make_elf(&b);
	every_truncation_is_refused(&b);
}

static void mutated_elfs_do_no_harm(void **state)
{
	struct unit_random r = {31337};
	struct blob b;
	int i;

	for (i = 0; i < 1500; i++) {
		make_elf(&b);
		mutate(&b, sizeof(Elf32_Ehdr) + 2 * sizeof(Elf32_Phdr), &r);
		check_mutant(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_elf_lands_at_its_physical_addresses),
		cmocka_unit_test(an_elf_entry_may_be_virtual),
		cmocka_unit_test(an_elf_may_fill_ram_to_the_last_byte),
		cmocka_unit_test(an_elf_asks_for_all_its_memory_at_once),
		cmocka_unit_test(an_elf_must_leave_the_reserved_areas_alone),
		cmocka_unit_test(an_elf_of_the_wrong_kind_is_named),
		cmocka_unit_test(an_elf_with_bad_tables_is_refused),
		cmocka_unit_test(an_elf_with_bad_segments_is_refused),
		cmocka_unit_test(every_truncation_of_an_elf_is_refused),
		cmocka_unit_test(mutated_elfs_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
