/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads the protected-mode part of a Linux bzImage at 1 MiB. Field meanings and
 * protocol versions: Linux, Documentation/x86/boot.txt. The real-mode setup is
 * not copied: Gatehouse writes the boot parameters itself.
 */
#include "core/image_load.h"

#include "core/boot_params.h"
#include "core/errno.h"
#include "core/lib.h"

#define SECTOR 512u

#define VERSION_INIT_SIZE  0x20A /* has pref_address and init_size */
#define VERSION_XLOADFLAGS 0x20C

static int check_kind(const struct image_job *job, const struct boot_setup_header *hdr)
{
	if (hdr->version < BOOT_VERSION)
		return image_fail(job, -EINVAL,
				  "the bzImage has boot protocol %u.%02u; a guest needs %u.%02u or "
				  "later (Linux 2.6.31 to 4.13)",
				  hdr->version >> 8, hdr->version & 0xFF, BOOT_VERSION >> 8,
				  BOOT_VERSION & 0xFF);
	if (!(hdr->loadflags & BOOT_LOADFLAG_LOADED_HIGH))
		return image_fail(job, -EINVAL,
				  "the kernel is a zImage (loadflags 0x%02x, LOADED_HIGH clear); "
				  "build it with make bzImage",
				  hdr->loadflags);
	if (hdr->version >= VERSION_XLOADFLAGS && (hdr->xloadflags & BOOT_XLOADFLAG_KERNEL_64))
		return image_fail(
			job, -EINVAL,
			"the bzImage is a 64-bit kernel (xloadflags 0x%04x); a 32-bit one "
			"with CONFIG_LGUEST_GUEST is needed",
			hdr->xloadflags);
	return 0;
}

/* Where in the file the part for 1 MiB lies. setup_sects 0 means 4. */
static int find_payload(const struct image_job *job, const struct boot_setup_header *hdr,
			struct image_part *part)
{
	uint32_t offset = ((hdr->setup_sects ? hdr->setup_sects : 4u) + 1) * SECTOR;
	uint64_t bytes = (uint64_t)hdr->syssize * 16;
	uint32_t in_file;

	if (!bytes)
		return image_fail(job, -EINVAL,
				  "the bzImage's syssize is 0; the file holds no kernel");
	/* syssize is rounded up to 16 bytes; the file need not be. */
	if (job->file->bytes <= offset || offset + bytes - 15 > job->file->bytes)
		return image_fail(job, -EINVAL,
				  "the bzImage has 0x%x bytes, its header says 0x%llx; the file is "
				  "cut off",
				  job->file->bytes, (unsigned long long)(offset + bytes));
	in_file = job->file->bytes - offset;
	*part = (struct image_part){
		.what = "the bzImage",
		.start = BOOT_IMAGE_GPA,
		.bytes = bytes,
		.file_offset = offset,
		.file_bytes = (uint32_t)MIN(bytes, in_file),
	};
	return 0;
}

/*
 * The kernel unpacks itself to its run-time address and needs init_size bytes
 * from there on. A relocatable kernel computes the address from where it runs
 * and from kernel_alignment in OUR boot parameters, whatever its own header
 * says; later ones (4.x) go no lower than pref_address.
 */
static int check_room(const struct image_job *job, const struct boot_setup_header *hdr)
{
	uint64_t start = MAX(hdr->pref_address, (uint64_t)BOOT_IMAGE_GPA);
	struct image_part part = {.what = "the unpacked kernel", .bytes = hdr->init_size};

	if (hdr->version < VERSION_INIT_SIZE)
		return 0;
	if (hdr->pref_address > UINT32_MAX)
		return image_fail(job, -EINVAL,
				  "the bzImage wants to run at 0x%llx; a 32-bit kernel is needed",
				  (unsigned long long)hdr->pref_address);
	if (hdr->relocatable_kernel)
		start = MAX(start, (uint64_t)ALIGN_UP(BOOT_IMAGE_GPA, BOOT_KERNEL_ALIGN));
	part.start = start;
	return image_check_part(job, &part);
}

int image_plan_bzimage(const struct image_job *job)
{
	struct boot_setup_header hdr;
	struct image_part part = {0};
	int error;

	if (job->file->bytes < BOOT_SETUP_HEADER_END)
		return image_fail(job, -EINVAL,
				  "the bzImage has 0x%x bytes, less than its header; the file is "
				  "cut off",
				  job->file->bytes);
	memcpy(&hdr, job->file->data + BOOT_SETUP_HEADER_OFFSET, sizeof(hdr));
	error = check_kind(job, &hdr);
	if (!error)
		error = find_payload(job, &hdr, &part);
	if (!error)
		error = check_room(job, &hdr);
	if (!error)
		error = image_check_part(job, &part);
	if (error)
		return error;
	if (hdr.code32_start < part.start || hdr.code32_start >= part.start + part.file_bytes)
		return image_fail(job, -EINVAL,
				  "the bzImage starts at 0x%08x, outside of what is loaded "
				  "(0x%08llx-0x%08llx); its header is damaged",
				  hdr.code32_start, (unsigned long long)part.start,
				  (unsigned long long)(part.start + part.file_bytes - 1));
	image_add_part(job, &part);
	job->plan->entry = hdr.code32_start;
	return 0;
}
