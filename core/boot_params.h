/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Linux boot protocol's structures, only the fields Gatehouse reads or
 * writes. Offsets and meanings: Linux, Documentation/x86/boot.txt and
 * zero-page.txt. All numbers are little-endian.
 */
#ifndef GATEHOUSE_CORE_BOOT_PARAMS_H
#define GATEHOUSE_CORE_BOOT_PARAMS_H

#include <stddef.h>
#include <stdint.h>

#include "core/util.h"

/* Where the parts go in guest-physical memory (guest-interface.md section 6). */
#define BOOT_PARAMS_GPA     0x0000u
#define BOOT_CMDLINE_GPA    0x1000u
#define BOOT_CMDLINE_BYTES  0x1000u /* with the final NUL */
#define BOOT_RESERVED_END   0x2000u /* images start here or above */
#define BOOT_IMAGE_GPA      0x100000u
#define BOOT_KERNEL_ALIGN   0x1000000u /* what Gatehouse writes into kernel_alignment */
#define BOOT_VERSION        0x207      /* and into version: the first with hardware_subarch */
#define BOOT_SECTOR_MAGIC   0xAA55
#define BOOT_HEADER_MAGIC   0x53726448 /* "HdrS" */
#define BOOT_SUBARCH_LGUEST 1
#define BOOT_E820_RAM       1

#define BOOT_LOADFLAG_LOADED_HIGH   0x01
#define BOOT_LOADFLAG_KEEP_SEGMENTS 0x40
#define BOOT_XLOADFLAG_KERNEL_64    0x0001

#define BOOT_SETUP_HEADER_OFFSET 0x1F1
#define BOOT_SETUP_HEADER_END    0x268

struct boot_setup_header {
	uint8_t setup_sects;
	uint16_t root_flags;
	uint32_t syssize; /* of the protected-mode code, in 16 bytes */
	uint16_t ram_size, vid_mode, root_dev;
	uint16_t boot_flag;
	uint16_t jump;
	uint32_t header;
	uint16_t version;
	uint32_t realmode_swtch;
	uint16_t start_sys_seg, kernel_version;
	uint8_t type_of_loader;
	uint8_t loadflags;
	uint16_t setup_move_size;
	uint32_t code32_start;
	uint32_t ramdisk_image, ramdisk_size;
	uint32_t bootsect_kludge;
	uint16_t heap_end_ptr;
	uint8_t ext_loader_ver, ext_loader_type;
	uint32_t cmd_line_ptr;
	uint32_t ramdisk_max;
	uint32_t kernel_alignment;
	uint8_t relocatable_kernel;
	uint8_t min_alignment;
	uint16_t xloadflags; /* 2.12 */
	uint32_t cmdline_size;
	uint32_t hardware_subarch; /* 2.07 */
	uint64_t hardware_subarch_data;
	uint32_t payload_offset, payload_length;
	uint64_t setup_data;
	uint64_t pref_address; /* 2.10 */
	uint32_t init_size;    /* 2.10 */
	uint32_t handover_offset;
} PACKED;

struct boot_e820_entry {
	uint64_t base;
	uint64_t bytes;
	uint32_t type;
} PACKED;

struct boot_params {
	uint8_t before_e820[0x1E8];
	uint8_t e820_entries;
	uint8_t before_header[8];
	struct boot_setup_header hdr;
	uint8_t before_e820_map[0x2D0 - BOOT_SETUP_HEADER_END];
	struct boot_e820_entry e820_map[128];
	uint8_t rest[0x1000 - 0xCD0];
} PACKED;

#define BOOT_ASSERT_AT(member, at)                                                                 \
	_Static_assert(offsetof(struct boot_params, member) == (at), "offset of " #member)
BOOT_ASSERT_AT(e820_entries, 0x1E8);
BOOT_ASSERT_AT(hdr, BOOT_SETUP_HEADER_OFFSET);
BOOT_ASSERT_AT(hdr.setup_sects, 0x1F1);
BOOT_ASSERT_AT(hdr.syssize, 0x1F4);
BOOT_ASSERT_AT(hdr.boot_flag, 0x1FE);
BOOT_ASSERT_AT(hdr.header, 0x202);
BOOT_ASSERT_AT(hdr.version, 0x206);
BOOT_ASSERT_AT(hdr.type_of_loader, 0x210);
BOOT_ASSERT_AT(hdr.loadflags, 0x211);
BOOT_ASSERT_AT(hdr.code32_start, 0x214);
BOOT_ASSERT_AT(hdr.ramdisk_image, 0x218);
BOOT_ASSERT_AT(hdr.ramdisk_size, 0x21C);
BOOT_ASSERT_AT(hdr.cmd_line_ptr, 0x228);
BOOT_ASSERT_AT(hdr.kernel_alignment, 0x230);
BOOT_ASSERT_AT(hdr.relocatable_kernel, 0x234);
BOOT_ASSERT_AT(hdr.xloadflags, 0x236);
BOOT_ASSERT_AT(hdr.hardware_subarch, 0x23C);
BOOT_ASSERT_AT(hdr.payload_offset, 0x248);
BOOT_ASSERT_AT(hdr.pref_address, 0x258);
BOOT_ASSERT_AT(hdr.init_size, 0x260);
BOOT_ASSERT_AT(before_e820_map, BOOT_SETUP_HEADER_END);
BOOT_ASSERT_AT(e820_map, 0x2D0);
#undef BOOT_ASSERT_AT
_Static_assert(sizeof(struct boot_e820_entry) == 20, "an e820 entry is 20 bytes");
_Static_assert(sizeof(struct boot_params) == 0x1000, "boot_params is one page");

#endif
