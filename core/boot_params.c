/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the Linux boot parameters and the command line into a guest's RAM. */
#include "core/boot_params.h"

#include "core/errno.h"
#include "core/image.h"
#include "core/lib.h"

static void fill_header(struct boot_setup_header *hdr, uint32_t initrd_start, uint32_t initrd_bytes)
{
	hdr->boot_flag = BOOT_SECTOR_MAGIC;
	hdr->header = BOOT_HEADER_MAGIC;
	hdr->version = BOOT_VERSION;
	hdr->type_of_loader = 0xFF; /* no assigned number; 0 would hide the initrd */
	hdr->loadflags = BOOT_LOADFLAG_KEEP_SEGMENTS;
	hdr->cmd_line_ptr = BOOT_CMDLINE_GPA;
	hdr->kernel_alignment = BOOT_KERNEL_ALIGN;
	hdr->hardware_subarch = BOOT_SUBARCH_LGUEST;
	if (initrd_bytes) {
		hdr->ramdisk_image = initrd_start;
		hdr->ramdisk_size = ALIGN_UP(initrd_bytes, PAGE_SIZE);
	}
}

/* The initrd's pages lie between the command line and the end of RAM. */
static bool initrd_fits(const struct image_ram *ram, uint32_t start, uint32_t bytes)
{
	uint64_t end = start + ALIGN_UP((uint64_t)bytes, (uint64_t)PAGE_SIZE);

	return !bytes || (start >= BOOT_RESERVED_END && end <= ram->bytes);
}

int image_write_boot_params(const struct image_ram *ram, const char *cmdline, uint32_t initrd_start,
			    uint32_t initrd_bytes, char *err, size_t err_size)
{
	struct boot_params *params = (struct boot_params *)(ram->base + BOOT_PARAMS_GPA);
	size_t len = strlen(cmdline);

	if (ram->bytes < BOOT_RESERVED_END) {
		snprintf(err, err_size, "the guest has %u bytes of memory; boot parameters need %u",
			 ram->bytes, BOOT_RESERVED_END);
		return -ENOSPC;
	}
	if (len >= BOOT_CMDLINE_BYTES) {
		snprintf(err, err_size,
			 "the command line has %u characters; at most %u are allowed",
			 (unsigned)len, BOOT_CMDLINE_BYTES - 1);
		return -E2BIG;
	}
	if (!initrd_fits(ram, initrd_start, initrd_bytes)) {
		snprintf(
			err, err_size,
			"an initrd of %u bytes at 0x%08x does not fit in %uK of memory; raise mem=",
			initrd_bytes, initrd_start, ram->bytes >> 10);
		return -ENOSPC;
	}
	memset(params, 0, sizeof(*params));
	fill_header(&params->hdr, initrd_start, initrd_bytes);
	params->e820_entries = 1;
	params->e820_map[0] = (struct boot_e820_entry){0, ram->bytes, BOOT_E820_RAM};
	memcpy(ram->base + BOOT_CMDLINE_GPA, cmdline, len + 1);
	return 0;
}
