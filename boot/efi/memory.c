/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The firmware's memory: pages where the hypervisor can use them, the map, and the way out. */
#include "boot/efi/memory.h"

#include "boot/efi/firmware.h"

/* Leaving boot services may itself split ranges, and so may a timer before it. */
#define MAP_SPARE_ENTRIES 64
#define LEAVE_ATTEMPTS    8

static struct kernel keep_free;
static uint8_t *map_room;
static UINTN map_room_bytes;

/* Page by page: what is in use already may be boot services', which is free at the end. */
void memory_keep_free(const struct kernel *kernel)
{
	keep_free = *kernel;
	for (uint32_t at = 0; at < kernel->bytes; at += PAGE_SIZE) {
		EFI_PHYSICAL_ADDRESS addr = kernel->base + at;

		firmware_boot->AllocatePages(AllocateAddress, EfiLoaderData, 1, &addr);
	}
}

static bool is_in_the_way(uint64_t base, uint64_t pages)
{
	return base < (uint64_t)keep_free.base + keep_free.bytes &&
	       keep_free.base < base + (pages << PAGE_SHIFT);
}

/*
 * What the firmware gave back there since memory_keep_free() may be found
 * again. It stays taken, so that the next attempt gives something else.
 */
static void *take(uint64_t pages, EFI_MEMORY_TYPE type, const char *what)
{
	EFI_PHYSICAL_ADDRESS addr;

	do {
		addr = KERNEL_MEMORY_LIMIT - 1;
		if (pages > KERNEL_MEMORY_LIMIT >> PAGE_SHIFT ||
		    EFI_ERROR(firmware_boot->AllocatePages(AllocateMaxAddress, type, (UINTN)pages,
							   &addr)))
			give_up("%s: no %llu KiB of free memory in one piece below 3 GiB", what,
				(unsigned long long)pages << 2);
	} while (is_in_the_way(addr, pages));
	return (void *)(UINTN)addr;
}

void *memory_take(uint64_t bytes, const char *what)
{
	return take(bytes ? (bytes + PAGE_SIZE - 1) >> PAGE_SHIFT : 1, EfiLoaderData, what);
}

void *memory_take_code(void)
{
	return take(1, EfiLoaderCode, "the last step");
}

static EFI_STATUS read_map(struct firmware_map *map, UINTN *key)
{
	UINTN bytes = map_room_bytes, stride = 0;
	UINT32 version;
	EFI_STATUS status = firmware_boot->GetMemoryMap(&bytes, (EFI_MEMORY_DESCRIPTOR *)map_room,
							key, &stride, &version);

	*map = (struct firmware_map){.descriptors = map_room, .bytes = bytes, .stride = stride};
	return status;
}

static void take_room(void)
{
	struct firmware_map map;
	UINTN key;

	if (read_map(&map, &key) != EFI_BUFFER_TOO_SMALL ||
	    map.stride < sizeof(struct firmware_memory))
		give_up("the firmware does not give its memory map");
	map_room_bytes = map.bytes + MAP_SPARE_ENTRIES * map.stride;
	map_room = memory_take(map_room_bytes, "the memory map");
}

void memory_prepare(const struct kernel *kernel)
{
	struct firmware_map map;
	UINTN key;

	take_room();
	if (EFI_ERROR(read_map(&map, &key)))
		give_up("the firmware does not give its memory map");
	if (firmware_map_count(&map) > INFO_MAP_MAX_ENTRIES - MAP_SPARE_ENTRIES)
		give_up("the firmware's memory map has %u entries; %u are allowed",
			firmware_map_count(&map), INFO_MAP_MAX_ENTRIES - MAP_SPARE_ENTRIES);
	if (!firmware_map_is_free(&map, kernel->base, kernel->bytes))
		give_up("the hypervisor has to be at 0x%08x, %u KiB, and the firmware keeps a part "
			"of that memory for itself",
			kernel->base, kernel->bytes >> 10);
}

/* The key changes with every allocation, also those of an event behind our back: again, then. */
void memory_leave_firmware(struct firmware_map *map)
{
	EFI_STATUS status = EFI_ABORTED;
	UINTN key;

	for (unsigned i = 0; i < LEAVE_ATTEMPTS; i++) {
		status = read_map(map, &key);
		if (EFI_ERROR(status))
			break;
		status = firmware_boot->ExitBootServices(firmware_image, key);
		if (!EFI_ERROR(status))
			return;
	}
	give_up("the firmware does not let go of the machine (%s)", status_text(status));
}
