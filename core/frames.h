/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one allocator of physical memory: page frames, each with an owner.
 * There is nothing smaller: every structure is static or whole pages.
 */
#ifndef GATEHOUSE_CORE_FRAMES_H
#define GATEHOUSE_CORE_FRAMES_H

#include "boot/boot_info.h"
#include "core/types.h"
#include "core/util.h"

/* Owners are bytes; a guest's is FRAME_GUEST + its number. */
enum frame_owner {
	FRAME_FREE,
	FRAME_ABSENT, /* no RAM there, or the firmware's */
	FRAME_HOST,
	FRAME_MODULE, /* what the loader brought: kernels, initrds */
	FRAME_GUEST = 16,
};

struct frames {
	uint8_t *owner; /* one byte a frame, of [0, count) */
	uint32_t count;
	uint32_t held[256]; /* frames by owner */
};

/*
 * Starts with everything absent; owner points to count bytes. Pure, as are
 * the functions below: unit tests run them on arrays.
 */
void frames_init(struct frames *f, uint8_t *owner, uint32_t count);

/* Gives [start, end) to owner, rounded outward for a taker and inward for FRAME_FREE. */
void frames_set(struct frames *f, uint64_t start, uint64_t end, unsigned owner);

/*
 * Takes count free frames in a row, the first a multiple of align frames (a
 * power of two), highest address first. Returns its address, 0 if there is none.
 */
hpa_t frames_alloc(struct frames *f, uint32_t count, uint32_t align, unsigned owner);

/* Gives back what that owner got by frames_alloc(); -EINVAL and no change if it is not all his. */
int frames_free(struct frames *f, hpa_t start, uint32_t count, unsigned owner);

/* The longest run of free frames that starts at a multiple of align. */
uint32_t frames_largest(const struct frames *f, uint32_t align);

/* The machine's frames, made from the memory map by memory_init(). */
extern struct frames host_frames;

/* The end of the RAM that is mapped. */
static inline hpa_t host_ram_top(void)
{
	return host_frames.count << PAGE_SHIFT;
}

/* How far up RAM is used: the rest of the address space is devices and the window. */
#define MEMORY_LIMIT 0xC0000000u

/*
 * Zeroed pages of Gatehouse's own that hold so many bytes, in one piece; NULL
 * if there are none. frames_free() as FRAME_HOST gives them back.
 */
void *host_pages(uint32_t bytes);

static inline uint32_t pages_of(uint32_t bytes)
{
	return ALIGN_UP(bytes, PAGE_SIZE) >> PAGE_SHIFT;
}

/*
 * Makes host_frames of the boot information: the first MiB, the image and the
 * modules taken, the rest of usable RAM below MEMORY_LIMIT free. Paging is
 * still off. Returns 0, or -ENOMEM when not even the frame map fits.
 */
int memory_init(const struct boot_info *bi);

/*
 * Memory below 1 MiB that firmware and boot loaders leave alone, so that it is
 * the same after a warm reset (found by experiment: SeaBIOS, QEMU's -kernel, GRUB 2):
 * that many bytes, at most 40 KiB. NULL when this machine has none, or a module is there.
 */
void *memory_kept(const struct boot_info *bi, uint32_t bytes);

#endif
