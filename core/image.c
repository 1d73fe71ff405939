/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guest kernel images: tells the formats apart and places their parts in RAM. */
#include "core/image_load.h"

#include <elf.h>

#include "core/boot_params.h"
#include "core/errno.h"
#include "core/lib.h"

/* Files users give by mistake, by how they begin. */
static const struct known_file {
	const char *magic;
	uint8_t len;
	const char *what;
} known_files[] = {
	{"\x1f\x8b", 2, "is gzip-compressed; unpack it with gunzip"},
	{"BZh", 3, "is bzip2-compressed; unpack it with bunzip2"},
	{"\xfd"
	 "7zXZ",
	 5, "is xz-compressed; unpack it with unxz"},
	{"\x5d\x00\x00", 3, "is lzma-compressed; unpack it with unlzma"},
	{"\x89LZO", 4, "is lzo-compressed; unpack it with lzop -d"},
	{"\x02\x21\x4c\x18", 4, "is lz4-compressed; unpack it with unlz4"},
	{"\x04\x22\x4d\x18", 4, "is lz4-compressed; unpack it with unlz4"},
	{"\x28\xb5\x2f\xfd", 4, "is zstd-compressed; unpack it with unzstd"},
	{"07070", 5, "is a cpio archive; an initrd's line begins with initrd"},
	{"!<arch>", 7, "is an ar archive; link it"},
	{"#!", 2, "is a script; give a kernel"},
};

int image_fail(const struct image_job *job, int error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(job->err, job->err_size, fmt, ap);
	va_end(ap);
	return error;
}

static uint64_t mib_up(uint64_t bytes)
{
	return (bytes + MIB(1) - 1) >> 20;
}

/* The part ends above the limit: how much memory would do for all of the image? */
static int fail_too_high(const struct image_job *job, const struct image_part *part)
{
	uint32_t initrd_bytes = job->ram->bytes - job->limit;
	unsigned long long start = part->start, end = part->start + part->bytes;
	unsigned long long need = mib_up(MAX(job->highest_end, end) + initrd_bytes);

	if (end > job->ram->bytes)
		return image_fail(
			job, -ENOSPC,
			"%s (0x%08llx-0x%08llx) ends above the guest's memory; it needs at "
			"least mem=%lluM, mem= gives %uK",
			part->what, start, end - 1, need, job->ram->bytes >> 10);
	return image_fail(job, -ENOSPC,
			  "%s (0x%08llx-0x%08llx) overlaps the initrd (0x%08x-0x%08x); it needs at "
			  "least mem=%lluM, mem= gives %uK",
			  part->what, start, end - 1, job->limit, job->ram->bytes - 1, need,
			  job->ram->bytes >> 10);
}

int image_check_part(const struct image_job *job, const struct image_part *part)
{
	if (part->start < BOOT_RESERVED_END)
		return image_fail(job, -EFAULT,
				  "%s (0x%08llx-0x%08llx) overlaps the boot parameters and command "
				  "line (0x00000000-0x%08x); link the kernel above them",
				  part->what, (unsigned long long)part->start,
				  (unsigned long long)(part->start + part->bytes - 1),
				  BOOT_RESERVED_END - 1);
	if (part->start + part->bytes > job->limit)
		return fail_too_high(job, part);
	return 0;
}

void image_add_part(const struct image_job *job, const struct image_part *part)
{
	image_plan_add(job->plan, job->file->data + part->file_offset, (uint32_t)part->start,
		       part->file_bytes);
}

bool image_plan_add(struct image_plan *plan, const void *from, uint32_t to, uint32_t bytes)
{
	if (plan->count == IMAGE_MAX_COPIES)
		return false;
	plan->copies[plan->count++] = (struct image_copy){from, to, bytes};
	return true;
}

bool image_plan_step(struct image_plan *plan, const struct image_ram *ram, uint32_t budget)
{
	while (plan->count) {
		struct image_copy *c = &plan->copies[plan->count - 1];
		uint32_t n = MIN(c->bytes, budget);

		memcpy(ram->base + c->to, c->from, n);
		c->from += n;
		c->to += n;
		c->bytes -= n;
		budget -= n;
		if (c->bytes)
			return false;
		plan->count--;
	}
	return true;
}

static bool file_has(const struct image_file *file, uint32_t offset, const void *magic,
		     uint32_t len)
{
	return file->bytes >= len && offset <= file->bytes - len &&
	       !memcmp(file->data + offset, magic, len);
}

static int fail_unknown(const struct image_job *job)
{
	const struct image_file *file = job->file;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known_files); i++)
		if (file_has(file, 0, known_files[i].magic, known_files[i].len))
			return image_fail(job, -EINVAL, "the kernel file %s", known_files[i].what);
	if (file_has(file, offsetof(struct boot_params, hdr.boot_flag), "\x55\xaa", 2))
		return image_fail(job, -EINVAL,
				  "the kernel file is a boot sector without \"HdrS\"; give an ELF "
				  "vmlinux or a bzImage");
	if (file->bytes < 4)
		return image_fail(job, -EINVAL,
				  "the kernel file has %u bytes; give an ELF vmlinux or a bzImage",
				  file->bytes);
	return image_fail(job, -EINVAL,
			  "the kernel file begins with %02x %02x %02x %02x, which is no known "
			  "format; give an ELF vmlinux or a bzImage",
			  file->data[0], file->data[1], file->data[2], file->data[3]);
}

int image_plan(const struct image_ram *ram, const struct image_file *file, uint32_t initrd_start,
	       struct image_plan *plan, char *err, size_t err_size)
{
	struct image_job job = {
		.ram = ram,
		.file = file,
		.plan = plan,
		.limit = MIN(initrd_start, ram->bytes),
		.err = err,
		.err_size = err_size,
	};

	plan->count = 0;
	plan->is_bzimage = false;
	if (file_has(file, 0, ELFMAG, SELFMAG))
		return image_plan_elf(&job);
	if (file_has(file, offsetof(struct boot_params, hdr.boot_flag), "\x55\xaa", 2) &&
	    file_has(file, offsetof(struct boot_params, hdr.header), "HdrS", 4)) {
		plan->is_bzimage = true;
		return image_plan_bzimage(&job);
	}
	return fail_unknown(&job);
}

uint32_t image_initrd_start(const struct image_ram *ram, uint32_t initrd_bytes)
{
	uint64_t bytes = ALIGN_UP((uint64_t)initrd_bytes, (uint64_t)PAGE_SIZE);

	if (!bytes)
		return ram->bytes;
	if (bytes + BOOT_RESERVED_END > ALIGN_DOWN(ram->bytes, PAGE_SIZE))
		return 0;
	return ALIGN_DOWN(ram->bytes, PAGE_SIZE) - (uint32_t)bytes;
}
