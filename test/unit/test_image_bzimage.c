/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tests core/image_bzimage.c: good kernels, hostile ones, truncated and mutated ones. */
/* unit-sources: core/image.c core/image_elf.c core/image_bzimage.c core/boot_params.c */
#include "test/unit/image_fixture.h"

#define BIG_RAM MIB(20)

#define SETUP_BYTES   0x400 /* setup_sects 1 */
#define PAYLOAD_BYTES 0x230

static struct boot_setup_header *bz_header(struct blob *b)
{
	return (struct boot_setup_header *)(b->data + BOOT_SETUP_HEADER_OFFSET);
}

static void make_bzimage(struct blob *b)
{
	struct boot_setup_header *hdr = bz_header(b);
	unsigned i;

	memset(b, 0, sizeof(*b));
	for (i = 0; i < PAYLOAD_BYTES; i++)
		b->data[SETUP_BYTES + i] = (uint8_t)(i * 5 + 3);
	hdr->setup_sects = 1;
	hdr->syssize = PAYLOAD_BYTES / 16;
	hdr->boot_flag = BOOT_SECTOR_MAGIC;
	hdr->header = BOOT_HEADER_MAGIC;
	hdr->version = 0x20A;
	hdr->loadflags = BOOT_LOADFLAG_LOADED_HIGH;
	hdr->code32_start = BOOT_IMAGE_GPA;
	hdr->pref_address = BOOT_IMAGE_GPA;
	hdr->init_size = 0x80000;
	b->bytes = SETUP_BYTES + PAYLOAD_BYTES;
}

static void a_bzimage_lands_at_1_mib(void **state)
{
	struct blob b;
	struct load l;

	make_bzimage(&b);
	load_with(&l, &b, RAM_BYTES, RAM_BYTES);
	assert_int_equal(l.error, 0);
	assert_int_equal(l.entry, BOOT_IMAGE_GPA);
	check_ram(&l, &b, BOOT_IMAGE_GPA, SETUP_BYTES, PAYLOAD_BYTES);
	check_rest_is_zero(&l);
	load_done(&l);
}

static void setup_sects_zero_means_four(void **state)
{
	struct blob b;
	struct load l;

	make_bzimage(&b);
	memmove(b.data + 5 * 512, b.data + SETUP_BYTES, PAYLOAD_BYTES);
	bz_header(&b)->setup_sects = 0;
	b.bytes = 5 * 512 + PAYLOAD_BYTES;
	load_with(&l, &b, RAM_BYTES, RAM_BYTES);
	assert_int_equal(l.error, 0);
	check_ram(&l, &b, BOOT_IMAGE_GPA, 5 * 512, PAYLOAD_BYTES);
	check_rest_is_zero(&l);
	load_done(&l);
}

/* What is behind syssize (a signature, padding) is not the kernel's. */
static void bytes_behind_the_bzimage_are_not_loaded(void **state)
{
	struct blob b;
	struct load l;

	make_bzimage(&b);
	memset(b.data + b.bytes, 0xAA, 64);
	b.bytes += 64;
	load_with(&l, &b, RAM_BYTES, RAM_BYTES);
	assert_int_equal(l.error, 0);
	check_ram(&l, &b, BOOT_IMAGE_GPA, SETUP_BYTES, PAYLOAD_BYTES);
	check_rest_is_zero(&l);
	load_done(&l);
}

static void a_bzimage_of_the_wrong_kind_is_named(void **state)
{
	struct blob b;

	make_bzimage(&b);
	bz_header(&b)->version = 0x206;
	expect_refused(&b, "boot protocol 2.06; a guest needs 2.07 or later");
	make_bzimage(&b);
	bz_header(&b)->loadflags = 0;
	expect_refused(&b, "is a zImage (loadflags 0x00");
	make_bzimage(&b);
	bz_header(&b)->version = 0x20C;
	bz_header(&b)->xloadflags = BOOT_XLOADFLAG_KERNEL_64;
	expect_refused(&b, "is a 64-bit kernel");
	bz_header(&b)->version = 0x20B; /* there the field is padding */
	expect_entry(&b, RAM_BYTES, BOOT_IMAGE_GPA);
	bz_header(&b)->pref_address = 0x100000000;
	expect_refused(&b, "wants to run at 0x100000000");
	make_bzimage(&b);
	bz_header(&b)->header = 0;
	expect_refused(&b, "a boot sector without \"HdrS\"");
}

static void a_bzimage_with_bad_sizes_is_refused(void **state)
{
	struct blob b;

	make_bzimage(&b);
	bz_header(&b)->syssize = 0;
	expect_refused(&b, "syssize is 0");
	bz_header(&b)->syssize = PAYLOAD_BYTES / 16 + 1;
	expect_refused(&b, "has 0x630 bytes, its header says 0x640; the file is cut off");
	b.bytes++; /* the last 16 bytes need not be full */
	expect_entry(&b, RAM_BYTES, BOOT_IMAGE_GPA);
	bz_header(&b)->syssize = 0xFFFFFFFF;
	expect_refused(&b, "its header says 0x10000003f0");
	make_bzimage(&b);
	bz_header(&b)->setup_sects = 255;
	expect_refused(&b, "the file is cut off");
}

static void a_bzimage_entry_must_be_inside(void **state)
{
	struct blob b;

	make_bzimage(&b);
	bz_header(&b)->code32_start = BOOT_IMAGE_GPA + PAYLOAD_BYTES - 1;
	expect_entry(&b, RAM_BYTES, BOOT_IMAGE_GPA + PAYLOAD_BYTES - 1);
	bz_header(&b)->code32_start++;
	expect_refused(&b,
		       "starts at 0x00100230, outside of what is loaded (0x00100000-0x0010022f)");
	bz_header(&b)->code32_start = 0;
	expect_refused(&b, "starts at 0x00000000");
}

static void a_bzimage_needs_room_to_unpack(void **state)
{
	struct blob b;

	make_bzimage(&b);
	bz_header(&b)->init_size = MIB(1);
	expect_entry(&b, RAM_BYTES, BOOT_IMAGE_GPA);
	bz_header(&b)->init_size++;
	expect_refused(&b, "the unpacked kernel (0x00100000-0x00200000) ends above the guest's "
			   "memory; it needs at least mem=3M");
	bz_header(&b)->init_size = 0xFFFFFFFF;
	expect_refused(&b, "needs at least mem=4097M");
	bz_header(&b)->version = 0x209; /* there init_size is something else */
	expect_entry(&b, RAM_BYTES, BOOT_IMAGE_GPA);
}

/* kernel_alignment in our boot parameters sends a relocatable kernel to 16 MiB. */
static void a_relocatable_bzimage_unpacks_at_16_mib(void **state)
{
	struct blob b;

	make_bzimage(&b);
	bz_header(&b)->relocatable_kernel = 1;
	bz_header(&b)->init_size = MIB(4);
	expect_refused(&b, "the unpacked kernel (0x01000000-0x013fffff) ends above the guest's "
			   "memory; it needs at least mem=20M, mem= gives 2048K");
	expect_entry(&b, BIG_RAM, BOOT_IMAGE_GPA);
	bz_header(&b)->pref_address = MIB(17);
	expect_refused(&b, "needs at least mem=21M");
}

/* The last 15 bytes may be missing: syssize counts in sixteens. */
static void every_truncation_of_a_bzimage_is_refused(void **state)
{
	struct blob b;

	make_bzimage(&b);
	b.bytes -= 15;
	every_truncation_is_refused(&b);
}

static void mutated_bzimages_do_no_harm(void **state)
{
	struct unit_random r = {4242};
	struct blob b;
	int i;

	for (i = 0; i < 1500; i++) {
		make_bzimage(&b);
		mutate(&b, BOOT_SETUP_HEADER_END, &r);
		check_mutant(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bzimage_lands_at_1_mib),
		cmocka_unit_test(setup_sects_zero_means_four),
		cmocka_unit_test(bytes_behind_the_bzimage_are_not_loaded),
		cmocka_unit_test(a_bzimage_of_the_wrong_kind_is_named),
		cmocka_unit_test(a_bzimage_with_bad_sizes_is_refused),
		cmocka_unit_test(a_bzimage_entry_must_be_inside),
		cmocka_unit_test(a_bzimage_needs_room_to_unpack),
		cmocka_unit_test(a_relocatable_bzimage_unpacks_at_16_mib),
		cmocka_unit_test(every_truncation_of_a_bzimage_is_refused),
		cmocka_unit_test(mutated_bzimages_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
